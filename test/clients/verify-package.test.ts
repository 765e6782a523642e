/**
 * The npm package: packed, installed into an empty folder from the registry, and used from there
 * in plain JavaScript and in TypeScript. Needs npm and its registry.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { credential, serviceEnv } from '../packages/verify/service.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const home = await mkdtemp(join(tmpdir(), 'countersign-package-'))
t.teardown(() => rm(home, { recursive: true, force: true }))
const [copy, consumer] = [join(home, 'project'), join(home, 'service')]
const tsc = resolve('node_modules/.bin/tsc')

/** Runs a program through `env`, because tap adds its hooks to every Node process that a test starts. */
async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('env', ['NODE_OPTIONS=', command, ...args], { cwd }).catch(
    ({ stdout: said, stderr, message }: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${message}\n${said}\n${stderr}`)
    },
  )
  return stdout.trim()
}

/** Builds the package in a copy, so that the checkout does not change. */
async function pack() {
  await mkdir(copy)
  for (const part of ['src', 'prisma', 'package.json', 'openapi.yaml', 'tsconfig.json', 'tsconfig.build.json'])
    await cp(part, join(copy, part), { recursive: true })
  await symlink(resolve('node_modules'), join(copy, 'node_modules'))
  await run(copy, tsc, '-p', 'tsconfig.build.json')
  const [packed]: { filename: string; files: { path: string }[] }[] = Object.values(
    JSON.parse(await run(copy, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', home)),
  )
  const others = packed?.files.filter(
    ({ path }) => !/^(dist|prisma\/migrations)\/|^(openapi\.yaml|package\.json)$/.test(path),
  )
  return { tarball: join(home, packed?.filename ?? ''), others }
}

async function install(tarball: string): Promise<void> {
  await mkdir(consumer)
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const quiet = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline']
  await run(consumer, 'npm', 'install', ...quiet, tarball)
}

const node = await startNode(t, { env: serviceEnv })
const options = { issuer: node.config.publicUrl, url: node.baseUrl, revocations: credential }
const session = await register(node.baseUrl)
const gone = await register(node.baseUrl)
await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: gone.refresh_token } })

t.test('the package has the files that it needs, and can be installed', async (t) => {
  const from = performance.now()
  const { tarball, others } = await pack()
  t.same(others, [])
  await install(tarball)
  t.comment(`packed and installed in ${Math.round(performance.now() - from)} ms`)
})

t.test('plain JavaScript: a verifier and the plugin', async (t) => {
  // A service that verifies tokens must not load the database or bcrypt.
  for (const name of ['pg', '@prisma', 'bcrypt'])
    await rm(join(consumer, 'node_modules', name), { recursive: true, force: true })
  const program = `
    import Fastify from 'fastify'
    import { countersign, createVerifier, principalOf } from '@countersign/verify'
    const options = ${JSON.stringify(options)}
    const tokens = ${JSON.stringify([session.access_token, gone.access_token, 'a.b.c'])}
    const verifier = createVerifier(options)
    const app = Fastify()
    await app.register(countersign, options)
    app.get('/', { onRequest: app.authenticate() }, async (request) => principalOf(request))
    while (!verifier.isReady()) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 300))
    const said = []
    for (const token of tokens) {
      said.push(await verifier.verify(token).then(({ userId }) => userId, ({ code }) => code))
      const { statusCode } = await app.inject({ url: '/', headers: { authorization: 'Bearer ' + token } })
      said.push(statusCode)
    }
    await app.close()
    await verifier.close()
    console.log(JSON.stringify(said))`
  await writeFile(join(consumer, 'service.js'), program)
  const said: unknown = JSON.parse(await run(consumer, process.execPath, 'service.js'))
  t.same(said, [session.user.id, 200, 'token_revoked', 401, 'invalid_token', 401])
})

t.test('TypeScript: the types of the package work under strict options', async (t) => {
  const program = `
    import Fastify from 'fastify'
    import {
      countersign, createVerifier, principalOf,
      type PluginOptions, type Principal, type Verifier, type VerifierOptions, type VerifyError,
    } from '@countersign/verify'
    const options: VerifierOptions = { issuer: 'https://auth.test', revocations: { id: 'a', secret: 'b', stale: 'closed' } }
    const verifier: Verifier = createVerifier(options)
    const principal: Principal = await verifier.verify('x', { check: 'signature' })
    const plugin: PluginOptions = { ...options, spaOrigins: ['https://app.test'] }
    const app = Fastify()
    await app.register(countersign, plugin)
    app.get('/', { onRequest: app.authenticate({ check: 'revocation' }) }, async (request) => principalOf(request).roles)
    app.get('/who', { onRequest: app.authenticate() }, async ({ principal: who }) => who?.userId)
    export const told = ({ code, statusCode, retryAfterSeconds }: VerifyError) => [code, statusCode, retryAfterSeconds]
    export const age: number | undefined = verifier.revocations()?.ageMs
    // @ts-expect-error there is no such policy
    createVerifier({ issuer: 'x', revocations: { id: '', secret: '', stale: 'never' } })
    // @ts-expect-error a principal does not change
    principal.userId = 'x'
    // @ts-expect-error a session is not looked up here
    app.authenticate({ check: 'session' })`
  await writeFile(join(consumer, 'service.ts'), program)
  for (const [module, moduleResolution] of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ] as const) {
    const compilerOptions = {
      target: 'es2023',
      module,
      moduleResolution,
      types: ['node'],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    }
    await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['service.ts'] }))
    await t.resolves(run(consumer, tsc, '-p', '.'), moduleResolution)
  }
})
