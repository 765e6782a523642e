/** The npm package @countersign/verify: packed, installed into an empty folder, and used from there in every runtime. */
import { cp, glob, lstat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../src/database/embedded/free-port.ts'
import { credential, holds, serviceEnv } from '../packages/verify/service.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { run } from './example.ts'
import { checkTypes, installConsumer, link, runtimes } from './verify/consumer.ts'
import { serve } from './verify/serve.ts'
import { workers } from './verify/workers.ts'

const mostMegabytes = 15

const port = await freePort()
const node = await startNode(t, { port, env: { ...serviceEnv, PUBLIC_URL: `http://localhost:${port}` } })
const options = { issuer: node.config.publicUrl, url: node.baseUrl, revocations: credential }
const session = await register(node.baseUrl)
const gone = await register(node.baseUrl)
const logout = (refresh_token: string) => call(`${node.baseUrl}/auth/logout`, { body: { refresh_token } })
await logout(gone.refresh_token)
/** The token with another signature of the right length. */
const forge = (token: string) =>
  token.replace(/.(.{20})$/, (_, end: string) => `${token.at(-21) === 'A' ? 'B' : 'A'}${end}`)
const tokens = {
  good: session.access_token,
  gone: gone.access_token,
  bad: 'a.b.c',
  forged: forge(session.access_token),
}
const { service, size, files } = await installConsumer(t)

/** Runs a program of the service. Returns the JSON that it prints. */
const runProgram = async (runtime: string, program: string): Promise<unknown> =>
  JSON.parse(await run(service, 'env', `TEST=${JSON.stringify({ options, tokens })}`, runtime, program))

/** The bytes on the disk, in blocks of 4 KiB. */
async function bytesOf(folder: string): Promise<number> {
  let bytes = 0
  for await (const name of glob('**/*', { cwd: folder })) {
    const entry = await lstat(join(folder, name))
    bytes += entry.isFile() ? Math.ceil(entry.size / 4096) * 4096 : 4096
  }
  return bytes
}

t.test('the package holds its own files and brings one other package, in at most 15 MB', async (t) => {
  const allowed = /^dist\/(packages\/verify\/)?src\/.*\.(js|d\.ts)$|^(package\.json|README\.md|CHANGELOG\.md)$/
  t.same(
    files.filter((path) => !allowed.test(path)),
    [],
  )
  const names = await Array.fromAsync(glob('{@*/*,[!@.]*}', { cwd: join(service, 'node_modules') }))
  t.same(names.toSorted(), ['@countersign/verify', 'zod'])
  const bytes = await bytesOf(join(service, 'node_modules'))
  const own = await bytesOf(join(service, 'node_modules/@countersign/verify'))
  const megabytes = (count: number) => (count / 1e6).toFixed(1)
  t.comment(
    `packed ${Math.round(size / 1000)} kB, installed ${megabytes(bytes)} MB, of which its own ${megabytes(own)} MB`,
  )
  t.ok(bytes < mostMegabytes * 1e6, `${megabytes(bytes)} MB`)
})

t.test('its types need neither Node nor the DOM of a browser, nor an option that skips the check', async (t) => {
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])
    await t.resolves(checkTypes(service, ['types.ts'], { module, moduleResolution, types: [], lib: ['es2023', 'dom'] }))
})

for (const [name, runtime] of Object.entries(runtimes))
  t.test(`${name}: the function and the handler verify tokens, and refuse those of an ended session`, async (t) => {
    t.comment((await run(service, runtime, '--version')).trim())
    t.same(await runProgram(runtime, 'service.js'), {
      said: {
        good: [session.user.id, session.user.id],
        gone: ['token_revoked', 401],
        bad: ['invalid_token', 401],
        forged: ['invalid_token', 401],
      },
      aborted: true,
      reasons: ['revoked', 'unknown_key', 'bad_signature'],
    })
  })

for (const [name, start] of Object.entries(workers))
  t.test(`${name}: a worker loads what it needs within requests`, async (t) => {
    const baseUrl = await start(t, service, options)
    const ask = async (token?: string) => {
      const response = await fetch(baseUrl, { headers: token ? { authorization: `Bearer ${token}` } : {} })
      const { userId, code } = (await response.json()) as { userId?: string; code?: string }
      return [response.status, userId ?? code]
    }
    const twenty = await Promise.all(Array.from({ length: 20 }, () => ask(tokens.good)))
    t.same(new Set(twenty.map(String)), new Set([`200,${session.user.id}`]), 'twenty at once, at the start')
    t.same(await ask(), [401, 'authentication_required'])
    t.same(await ask(tokens.bad), [401, 'invalid_token'])
    t.same(await ask(tokens.forged), [401, 'invalid_token'])
    t.same(await ask(`${tokens.good}~`), [401, 'invalid_token'], 'a signature that is no base64url')
    t.same(await ask(tokens.gone), [401, 'token_revoked'])
    const next = await register(node.baseUrl)
    t.same(await ask(next.access_token), [200, next.user.id])
    await logout(next.refresh_token)
    const from = performance.now()
    t.ok(await holds(async () => (await ask(next.access_token)).includes('token_revoked')))
    t.comment(`refused ${Math.round(performance.now() - from)} ms after the logout`)
    t.same(await ask(tokens.good), [200, session.user.id])
  })

t.test('Fastify, Express 4 and 5, Connect and Hono', async (t) => {
  await link(service, 'fastify', 'express', 'express4', 'connect', 'hono', '@types')
  const challenge = 'Bearer realm="countersign"'
  const answers = (code = 'invalid_token') => [
    [200, session.user.id, null],
    [401, code, `${challenge}, `],
    [401, 'authentication_required', challenge],
  ]
  const passed = [
    [200, session.user.id, null],
    [401, 'invalid_token', null],
    [401, 'authentication_required', null],
  ]
  const frameworks = ['express', 'express4', 'connect', 'fastify', 'hono'].map((name) => [name, answers()])
  for (const runtime of [runtimes['Node 24'], runtimes['Node 20']])
    t.same(await runProgram(runtime, 'frameworks.js'), { ...Object.fromEntries(frameworks), passed })
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])
    await t.resolves(checkTypes(service, ['framework-types.ts'], { module, moduleResolution, types: ['node'] }))
})

const examples = {
  'server.ts': runtimes['Node 24'],
  'express.ts': runtimes['Node 24'],
  'hono.ts': runtimes.Bun,
}
for (const [file, runtime] of Object.entries(examples))
  t.test(`examples/resource-server/${file}: a user writes and reads notes until the logout`, async (t) => {
    await cp(join('examples/resource-server', file), join(service, file))
    const settings = { AUTH_URL: node.config.publicUrl, SERVICE_CREDENTIAL: `${credential.id}:${credential.secret}` }
    const baseUrl = await serve(t, await freePort(), runtime, [join(service, file)], settings)
    const { access_token: token, refresh_token } = await register(node.baseUrl)
    t.match(await call(`${baseUrl}/notes`), { status: 401, body: { code: 'authentication_required' } })
    t.ok(await holds(async () => (await call(`${baseUrl}/notes`, { token })).status === 200))
    t.equal((await call(`${baseUrl}/notes`, { token, body: { text: 'milk' } })).status, 204)
    t.same((await call(`${baseUrl}/notes`, { token })).body, ['milk'])
    await logout(refresh_token)
    t.ok(await holds(async () => (await call(`${baseUrl}/notes`, { token })).status === 401))
    t.match(await call(`${baseUrl}/notes`, { token }), { body: { code: 'token_revoked' } })
    const types = { module: 'nodenext', moduleResolution: 'nodenext', types: ['node'] }
    await t.resolves(checkTypes(service, [file], types))
  })
