/** A request has one time limit for the database, from its first hook to its handler. */
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startWait } from '../../../src/database/time-limit.ts'
import { createServer } from '../../../src/http/server.ts'

const mostMs = 1600

t.test('a late body does not extend the time limit', async (t) => {
  const app = await createServer()
  t.teardown(() => app.close())
  app.addHook('onRequest', async () => {
    const end = startWait(() => {}, mostMs)
    await sleep(1000)
    end()
  })
  app.post('/', async () => {
    // Both are timers of this process, so a pause of it does not change which one ends first.
    const givenUp = new Promise((resolve) => void startWait(() => resolve('the wait'), mostMs))
    return { first: await Promise.race([givenUp, sleep(1200, 'the timer')]) }
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const asked = request(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': 2 } })
  const answered = new Promise<string>((resolve, reject) => {
    asked.once('error', reject)
    asked.once('response', (response) => void response.setEncoding('utf8').once('data', resolve))
  })
  asked.flushHeaders()
  await sleep(1200)
  asked.end('{}')
  t.same(JSON.parse(await answered), { first: 'the wait' }, 'it ends 600 ms after a wait of 1000 ms in a hook')
})
