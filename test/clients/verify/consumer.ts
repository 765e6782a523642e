/** A service that installs the packed @countersign/verify into an empty folder. */
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Test } from 'tap'
import { installLocked, run } from '../example.ts'

const tools = import.meta.dirname
const programs = join(tools, 'programs')

/** The runtimes: Node as it runs the tests, an older one, and Bun. */
export const runtimes = {
  'Node 24': process.execPath,
  'Node 20': join(tools, 'node_modules/node/bin/node'),
  Bun: join(tools, 'node_modules/bun/bin/bun.exe'),
} as const
export const bun = runtimes.Bun
export const workerd = join(tools, 'node_modules/.bin/workerd')
export const edgeRuntime = join(tools, 'node_modules/edge-runtime/dist/cli/index.js')

/** Packs the package, and installs it and nothing else. Returns the folder. */
export async function installConsumer(t: Pick<Test, 'teardown' | 'comment'>) {
  const home = await mkdtemp(join(tmpdir(), 'countersign-verify-'))
  t.teardown(() => rm(home, { recursive: true, force: true }))
  await installLocked(tools)
  const packed: { filename: string; size: number; files: { path: string }[] }[] = Object.values(
    JSON.parse(await run(resolve('packages/verify'), 'npm', 'pack', '--json', '--silent', '--pack-destination', home)),
  )
  const [{ filename, size, files } = { filename: '', size: 0, files: [] }] = packed
  const service = join(home, 'service')
  await mkdir(service)
  await writeFile(join(service, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  await run(service, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', join(home, filename))
  await cp(programs, service, { recursive: true })
  return { service, size, files: files.map(({ path }) => path) }
}

/** Adds packages that the frameworks' programs import, as links. */
export async function link(service: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const target = name === 'fastify' ? resolve('node_modules/fastify') : join(tools, 'node_modules', name)
    const place = join(service, 'node_modules', name)
    await mkdir(dirname(place), { recursive: true })
    await symlink(target, place)
  }
}

/** Type-checks files under strict options, with the types of all packages. Rejects with the faults. */
export async function checkTypes(service: string, files: readonly string[], options: object): Promise<void> {
  const compilerOptions = {
    target: 'es2023',
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    ...options,
  }
  await writeFile(join(service, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  await run(service, resolve('node_modules/.bin/tsc'), '-p', '.')
}
