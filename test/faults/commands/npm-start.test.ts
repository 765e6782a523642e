/** `npm start` as a process: the server stops when npm is told to stop. Needs npm. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { pause } from '../../setup/denial.ts'
import { freePort } from '../../setup/free-port.ts'
import { scrape } from '../../setup/scrape.ts'

t.setTimeout(290_000)

/** Runs npm in a process group of its own, as a shell does, and waits until its server is ready. */
async function npmStart(t: Test) {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-npm-'))
  const [port, metricsPort] = [await freePort(), await freePort()]
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
  const env = {
    PATH,
    HOME,
    NODE_COMPILE_CACHE,
    DATA_DIR: dataDir,
    PORT: String(port),
    HOST: '127.0.0.1',
    METRICS_PORT: String(metricsPort),
  }
  const npm = spawn('npm', ['start'], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  // The streams are closed when the last process that has them has ended: the server, and not only npm.
  const closed = once(npm, 'close')
  t.teardown(async () => {
    try {
      process.kill(-npm.pid!, 'SIGKILL')
    } catch {} // all have ended
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
  })
  const url = `http://127.0.0.1:${port}`
  while (npm.exitCode === null && !(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await pause(20)
  const stopped = async () => !(await readdir(join(dataDir, 'postgres'))).includes('postmaster.pid')
  const underWay = async () => (await scrape(metricsPort))('countersign_http_requests_under_way')
  return { npm, url, closed, stopped, underWay, output: () => output }
}

t.test('SIGTERM to npm stops the server: the request under way is answered, and Postgres stops', async (t) => {
  const { npm, url, closed, stopped, underWay, output } = await npmStart(t)
  // The body arrives after the signal.
  const body = new TransformStream<Uint8Array, Uint8Array>()
  const writer = body.writable.getWriter()
  const text = new TextEncoder().encode('{"email":"ada@example.com","password":"correct horse battery staple"}')
  const headers = { 'content-type': 'application/json' }
  const answer = fetch(`${url}/auth/register`, {
    method: 'POST',
    headers,
    body: body.readable,
    duplex: 'half',
  } as RequestInit)
  await writer.write(text.subarray(0, 10))
  while ((await underWay()) === 0) await pause(20)
  npm.kill('SIGTERM')
  for (let open = true; open; ) open = (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true
  await writer.write(text.subarray(10))
  await writer.close()
  t.equal((await answer).status, 201)
  await closed
  t.ok(await stopped(), 'Postgres has stopped')
  t.notMatch(output(), /exiting|\n +at /)
})

t.test('Ctrl-C stops the server once, and prints no error', async (t) => {
  const { npm, closed, stopped, output } = await npmStart(t)
  process.kill(-npm.pid!, 'SIGINT')
  await closed
  t.ok(await stopped(), 'Postgres has stopped')
  t.notMatch(output(), /exiting|rror|\n +at /)
  t.equal(output().split('Postgres has stopped').length, 2)
})
