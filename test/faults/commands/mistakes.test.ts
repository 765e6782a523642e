/** Mistakes of an operator at the start: one sentence that names the setting, no stack, nothing after it, and exit code 1. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { listenError } from '../../../src/process/listen-error.ts'
import { createDatabase } from '../../setup/database.ts'
import { launch } from '../../setup/server-process.ts'

const { url, drop } = await createDatabase()
t.teardown(drop)
const home = await mkdtemp(join(tmpdir(), 'countersign-mistakes-'))
t.teardown(() => rm(home, { recursive: true, force: true }))
const taken = createServer().listen(0, '127.0.0.1')
await once(taken, 'listening')
t.teardown(() => taken.close())
const address = taken.address()
const port = String(typeof address === 'object' ? address?.port : '')

/** Starts a server that logs nothing but errors, and returns its exit code and its output. */
async function fail(env: Record<string, string>) {
  const usual = { DATABASE_URL: url, HOST: '127.0.0.1', LOG_LEVEL: 'error', PUBLIC_URL: 'http://localhost:3000' }
  const { exited, output } = launch({
    ...usual,
    COUNTERSIGN_SECRET: 'a secret for one test of the start',
    PORT: '0',
    ...env,
  })
  return { code: await exited, output: output() }
}
const sentence = (text: RegExp) => ({ code: 1, output: new RegExp(`^${text.source}\\n$`) })

t.test('the port is taken', async (t) => {
  t.match(
    await fail({ PORT: port }),
    sentence(/Cannot listen on 127\.0\.0\.1:\d+: Another process has this port\. [^\n]+ PORT than \d+\./),
  )
})

t.test('the port of the metrics is taken', async (t) => {
  t.match(
    await fail({ METRICS_PORT: port }),
    sentence(/Cannot listen on [^\n]+ choose another METRICS_PORT than \d+\./),
  )
})

t.test('HOST is the address of another machine, or of none', async (t) => {
  t.match(
    await fail({ HOST: '203.0.113.9' }),
    sentence(/Cannot listen on [^\n]+ HOST is not an address of this machine\. [^\n]+/),
  )
  t.match(await fail({ HOST: 'nowhere.invalid' }), sentence(/Cannot listen on [^\n]+ The name in HOST [^\n]+/))
})

t.test('this user may not use the port', async (t) => {
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' })
  const { message } = listenError(error, { host: '0.0.0.0', port: 80, setting: 'PORT' })
  t.match(message, /^Cannot listen on 0\.0\.0\.0:80: This user may not use port 80 of PORT\. .+ CAP_NET_BIND_SERVICE/)
})

t.test('DATA_DIR is no directory', async (t) => {
  const file = join(home, 'file')
  await writeFile(file, '')
  const refused = await fail({ DATA_DIR: file, DATABASE_URL: '' })
  t.match(refused, sentence(/DATA_DIR is [^\n]+, and this user cannot keep files there \(EEXIST\)\. [^\n]+/))
})
