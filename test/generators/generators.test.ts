/** The generators of clients that many people use: their output passes strict type checks, and signs in on a real server. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import type { Program } from './programs/program.ts'

const home = import.meta.dirname
const origin = 'https://app.example.test'
const names = ['openapi-fetch', 'orval', 'hey-api', 'swagger-typescript-api'] as const

/** Runs a command in this folder. Rejects with all that it printed if it fails. */
async function run(command: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, NO_COLOR: '1', SCARF_ANALYTICS: 'false', ORVAL_TELEMETRY: 'false' }
  await promisify(execFile)(command, args, { cwd: home, env, maxBuffer: 2 ** 24 }).catch((error: unknown) => {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}${stderr}`)
  })
}
const tool = (name: string, ...args: string[]) => run(join(home, 'node_modules/.bin', name), ...args)

async function install(): Promise<void> {
  const installed = join(home, 'node_modules/.package-lock.json')
  const isFresh =
    existsSync(installed) && (await stat(installed)).mtimeMs >= (await stat(join(home, 'package-lock.json'))).mtimeMs
  if (!isFresh) await run('npm', 'ci', '--no-audit', '--no-fund')
}

/** Fetch as the page of a browser uses it: cookies are kept, and the browser names the origin. */
function createPageFetch(): typeof fetch {
  const jar = new Map<string, string>()
  return async (input, init) => {
    const request = new Request(input, init)
    request.headers.set('origin', origin)
    request.headers.set('sec-fetch-site', 'same-site')
    if (jar.size > 0) request.headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '))
    const response = await fetch(request)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    return response
  }
}

await install()
const generated = join(home, 'generated')
await rm(generated, { recursive: true, force: true })
await mkdir(generated)

t.test('Spectral reports nothing, and each generator takes the document', async (t) => {
  const yaml = '../../openapi.yaml'
  const api = ['--path', yaml, '--output', 'generated/swagger-typescript-api', '--name', 'api.ts']
  await Promise.all([
    t.resolves(tool('spectral', 'lint', yaml, '--ruleset=.spectral.yaml', '--fail-severity=hint')),
    t.resolves(tool('openapi-typescript', yaml, '--output', 'generated/openapi-typescript.ts')),
    t.resolves(tool('orval', '--config', 'orval.config.js')),
    t.resolves(tool('openapi-ts', '--input', yaml, '--output', 'generated/hey-api', '--no-log-file')),
    t.resolves(tool('swagger-typescript-api', 'generate', ...api)),
  ])
})

t.test('clients and programs pass TypeScript in strict mode', () => tool('tsc', '--project', 'tsconfig.json'))

t.test('each client signs in, refreshes and lists its sessions in both modes', async (t) => {
  const node = await startNode(t, { env: { SPA_ORIGINS: origin } })
  const programs = names.map((name) => `programs/${name}.ts`)
  await tool('esbuild', ...programs, '--bundle', '--format=esm', '--platform=neutral', '--outdir=generated/bundles')
  for (const name of names) {
    const { program } = (await import(join(generated, 'bundles', `${name}.js`))) as { program: Program }
    const { user } = await register(node.baseUrl, `${name}@example.com`)
    for (const mode of ['bearer', 'cookie'] as const) {
      const through = mode === 'cookie' ? createPageFetch() : fetch
      const outcome = await program({ baseUrl: node.baseUrl, mode, email: user.email, password, fetch: through })
      t.match(outcome, { mode, email: user.email, current: 1 }, `${name} in ${mode} mode`)
      t.ok(outcome.modes.includes(mode), `${name} sees its session in ${mode} mode`)
    }
  }
})
