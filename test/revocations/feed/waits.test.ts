/** A service may have so many waiting requests, and others are served meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createWaitLimit } from '../../../src/revocations/waits.ts'
import { call, register } from '../../setup/client.ts'
import { ask, read, startFeedNode } from './follow.ts'

const refused = { code: 'too_many_waiting' }

t.test('work beyond the limit of a service is refused at once, and other services go on', async (t) => {
  const withinLimit = createWaitLimit(2)
  const done = Promise.withResolvers<string>()
  const waiting = [withinLimit('shop', () => done.promise), withinLimit('shop', () => done.promise)]
  await t.rejects(
    withinLimit('shop', async () => t.fail('no work is done')),
    refused,
  )
  t.equal(await withinLimit('bank', async () => 'served'), 'served')
  done.resolve('answered')
  t.same(await Promise.all(waiting), ['answered', 'answered'])
  t.equal(await withinLimit('shop', async () => 'served'), 'served', 'answered requests make room')
})

t.test('work that fails makes room too', async (t) => {
  const withinLimit = createWaitLimit(1)
  await t.rejects(
    withinLimit('shop', () => Promise.reject(new Error('lost'))),
    { message: 'lost' },
  )
  t.equal(await withinLimit('shop', async () => 'served'), 'served')
})

t.test('of many requests that wait, a service gets so many answers, and 429 at once for the others', async (t) => {
  const secret = 'the-credential-of-the-bank-in-this-test-too'
  const shop = 'the-credential-of-the-shop-in-this-test'
  const env = { SERVICE_CREDENTIALS: `shop:${shop},bank:${secret}`, WAITS_PER_SERVICE: '2' }
  const node = await startFeedNode(t, { env })
  const user = await register(node.baseUrl)
  const { next } = await read(node, `?after=${(await read(node)).next}`)
  const query = `?after=${next}&wait=8`
  const authorization = `Basic ${Buffer.from(`bank:${secret}`).toString('base64')}`
  const bank = ask(node, query, { headers: { authorization } })
  const answers = Array.from({ length: 6 }, () => ask(node, query))
  // These four come while the others wait.
  const early: Response[] = []
  for (const answer of answers) void answer.then((response) => early.push(response))
  while (early.length < 4) await sleep(5)
  for (const response of early) {
    t.match([response.status, response.headers.get('retry-after')], [429, '1'])
    t.match(await response.json(), { code: 'too_many_waiting', retryable: true })
  }
  t.equal((await ask(node, `?after=${next}`)).status, 200, 'a request that does not wait is answered')
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: user.refresh_token } })
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  t.same(
    statuses.toSorted((a, b) => a - b),
    [200, 200, 429, 429, 429, 429],
  )
  t.equal((await bank).status, 200)
})
