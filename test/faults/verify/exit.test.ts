/** close() ends all background work, so that the process can exit by itself. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { blackHole } from '../../packages/verify/proxy.ts'
import { credential, holds, startIssuer, startVerifier } from '../../packages/verify/service.ts'
import { call, register } from '../../setup/client.ts'

const { node, proxy } = await startIssuer(t)
const { publicUrl: issuer } = node.config
const { access_token: token } = await register(node.baseUrl)
const index = pathToFileURL('packages/verify/src/index.ts').href

// A request that gets no response is given up after five seconds, and one that waits for revocations after eight.
const mostLingeredMs = 4000

/** The output of a program, and the time from its last line to its exit. */
async function run(program: string, options: object) {
  const code = `import { createVerifier } from '${index}'
    const verifier = createVerifier(${JSON.stringify({ issuer, url: proxy.url, ...options })})
    const token = '${token}'
    ${program}
    await verifier.close()
    console.log('closed')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let closedAt = Infinity
  child.stdout.on('data', (chunk: Buffer) => {
    if (chunk.toString().includes('closed')) closedAt = performance.now()
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const said = (await text(child.stdout)).trim().split('\n')
  const exitCode = await ended
  clearTimeout(giveUp)
  return { said, exitCode, lingeredMs: Math.round(performance.now() - closedAt) }
}

const untilReady = `
  while (!verifier.isReady()) await new Promise((resolve) => setTimeout(resolve, 10))
  console.log((await verifier.verify(token)).userId.length)`
const beginsToFetch = `await new Promise((resolve) => setTimeout(resolve, 300))`

for (const [name, program, options, said] of [
  ['that verified by keys alone', untilReady, {}, ['36', 'closed']],
  ['that waits for revocations', untilReady, { revocations: credential }, ['36', 'closed']],
  ['that has asked for nothing yet', '', { revocations: credential }, ['closed']],
] as const) {
  t.test(`a process ${name} exits by itself`, async (t) => {
    const result = await run(program, options)
    t.match(result, { said, exitCode: 0 })
    t.ok(result.lingeredMs < mostLingeredMs, `${result.lingeredMs} ms after close()`)
  })
}

for (const path of ['metadata', 'jwks', 'feed'] as const) {
  t.test(`a process whose request for ${path} gets no response exits by itself`, async (t) => {
    proxy.meddle(path, blackHole)
    for (const options of [{}, { revocations: credential }]) {
      const result = await run(beginsToFetch, options)
      t.match(result, { said: ['closed'], exitCode: 0 })
      t.ok(result.lingeredMs < mostLingeredMs, `${result.lingeredMs} ms after close()`)
    }
    proxy.meddle(path)
  })
}

t.test('after close() there are no more requests, and known revocations stay in force', async (t) => {
  const { verifier, verdict, errors } = startVerifier(t, node, proxy.url, { revocations: credential })
  const gone = await register(node.baseUrl)
  t.ok(await holds(verifier.isReady))
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: gone.refresh_token } })
  t.ok(await holds(async () => (await verdict(gone.access_token)) === 'token_revoked'))
  await Promise.all([verifier.close(), verifier.close()])
  // A request that was under way may still arrive.
  await new Promise((resolve) => setTimeout(resolve, 300))
  proxy.forget()
  await new Promise((resolve) => setTimeout(resolve, 1200))
  t.equal(await verdict(token), 'let in')
  t.equal(await verdict(gone.access_token), 'token_revoked')
  t.equal(proxy.asked('feed').length + proxy.asked('metadata').length + proxy.asked('jwks').length, 0)
  t.same(errors, [], 'it is no error')
})
