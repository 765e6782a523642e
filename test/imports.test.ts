/** Who may import whom. The folders and their layers are read from the layout in CONTRIBUTING.md, so that page stays true. */
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { readLayout } from './setup/layout.ts'

type Import = { from: string; to: string; typeOnly: boolean }

const clientTypes = 'packages/client/src/api/types.ts'
const sources: ReadonlyMap<string, string> = await readSources()

async function readSources() {
  const found = new Map<string, string>()
  for await (const file of glob('{src,packages/*/src}/**/*.ts', { exclude: ['src/database/generated/**'] })) {
    found.set(file, await readFile(file, 'utf8'))
  }
  return found
}

function importsOf([from, code]: [string, string]): Import[] {
  const statements = code.matchAll(/^(?:import|export) (type )?[^'"]*?from '([^']+)'/gms)
  const calls = code.matchAll(/\bimport\((?:'([^']+)')\)/g)
  return [
    ...Array.from(statements, ([, type, target = '']) => ({ from, to: target, typeOnly: type !== undefined })),
    ...Array.from(calls, ([, target = '']) => ({ from, to: target, typeOnly: false })),
  ].map((edge) => (edge.to.startsWith('.') ? { ...edge, to: normalize(join(dirname(from), edge.to)) } : edge))
}

const all = [...sources].flatMap(importsOf)
const violations = (rule: (edge: Import) => boolean) => all.filter(rule).map(({ from, to }) => `${from} → ${to}`)
const folderOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1]
const packageOf = (path: string) => /^packages\/([^/]+)\//.exec(path)?.[1]
const isRoutes = (path: string) => path.endsWith('/routes.ts')
const isStore = (path: string) => path.endsWith('-store.ts')

const layout = await readLayout()
const layers = ['ground', 'core', 'features'] as const
// errors.ts is for everybody. main.ts, start.ts and app.ts stand above all folders. Packages stand beside the features.
const heightOf = (path: string) => {
  if (path === 'src/errors.ts') return 0
  if (packageOf(path) !== undefined) return layers.indexOf('core')
  const folder = folderOf(path)
  return folder === undefined ? layers.length : layers.findIndex((layer) => layout[layer].includes(folder))
}

t.test('the code is read', async (t) => {
  t.ok(all.length > 60, `${all.length} imports`)
})

t.test('CONTRIBUTING.md names every folder of src/, and no other', async (t) => {
  const folders = new Set([...sources.keys()].map(folderOf).filter((folder) => folder !== undefined))
  t.same(layers.flatMap((layer) => layout[layer]).toSorted(), [...folders].toSorted())
})

t.test('only main.ts, start.ts, app.ts and errors.ts are outside of a folder', async (t) => {
  const loose = [...sources.keys()].filter((path) => path.startsWith('src/') && folderOf(path) === undefined)
  t.same(loose.toSorted(), ['src/app.ts', 'src/errors.ts', 'src/main.ts', 'src/start.ts'])
})

t.test('imports run from features to core to ground', async (t) => {
  t.same(
    violations(({ from, to }) => to.startsWith('src/') && heightOf(from) < heightOf(to)),
    [],
  )
})

t.test(
  'packages import core and ground, but no feature and no other package; the server imports no package',
  async (t) => {
    const mayImport = (from: string, to: string) => packageOf(to) === undefined || packageOf(to) === packageOf(from)
    t.same(
      violations(
        ({ from, to }) => !mayImport(from, to) || (packageOf(from) === undefined && to.startsWith('@countersign/')),
      ),
      [],
    )
  },
)

t.test('no files import each other in a circle', async (t) => {
  // The types of the client's API are written by npm run openapi, and name a type of the contract that names them.
  const targets = Map.groupBy(
    all.filter(({ from }) => from !== clientTypes),
    ({ from }) => from,
  )
  const open: string[] = []
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string) => {
    if (open.includes(file)) circles.push([...open.slice(open.indexOf(file)), file].join(' → '))
    if (done.has(file) || open.includes(file)) return
    open.push(file)
    for (const { to } of targets.get(file) ?? []) visit(to)
    open.pop()
    done.add(file)
  }
  for (const file of targets.keys()) visit(file)
  t.same(circles, [])
})

t.test('only start.ts imports app.ts', async (t) => {
  t.same(
    violations(({ from, to }) => to === 'src/app.ts' && from !== 'src/start.ts'),
    [],
  )
})

t.test('only app.ts wires a feature', async (t) => {
  const wires = /^src\/.*\/create-[a-z-]+\.ts$/
  t.same(
    violations(({ from, to, typeOnly }) => wires.test(to) && !typeOnly && !wires.test(from) && from !== 'src/app.ts'),
    [],
  )
})

t.test('no route imports a store', async (t) => {
  t.same(
    violations(({ from, to }) => isRoutes(from) && isStore(to)),
    [],
  )
})

t.test('no store calls a use-case', async (t) => {
  const allowed = /^src\/(database|errors|config|tokens)|-store\.ts$|-sql\.ts$/
  t.same(
    violations(({ from, to, typeOnly }) => isStore(from) && to.startsWith('src/') && !typeOnly && !allowed.test(to)),
    [],
  )
})

t.test('Fastify is imported in http/, guard/, routes.ts, app.ts and one file of a package only', async (t) => {
  const allowed = /^src\/(http|guard)\/|^src\/app\.ts$|\/routes\.ts$|^packages\/verify\/src\/fastify-plugin\.ts$/
  t.same(
    violations(({ from, to }) => /^(@fastify\/|fastify)/.test(to) && !allowed.test(from)),
    [],
  )
})

t.test('Prisma and pg are imported in database/ and the stores only', async (t) => {
  const isDatabase = (to: string) => /^(@prisma\/|pg$|src\/database\/generated)/.test(to)
  t.same(
    violations(({ from, to }) => isDatabase(to) && !from.startsWith('src/database/') && !isStore(from)),
    [],
  )
})

t.test('bcrypt is imported in one file', async (t) => {
  t.same(
    violations(({ to }) => to === 'bcrypt'),
    ['src/passwords/password-hash.ts → bcrypt'],
  )
})

t.test('the Redis client is imported in one file, and that file only where Redis is configured', async (t) => {
  t.same(violations(({ to }) => to === 'ioredis' || to === 'src/limits/redis-limit-store.ts').toSorted(), [
    'src/limits/open-limits.ts → src/limits/redis-limit-store.ts',
    'src/limits/redis-limit-store.ts → ioredis',
  ])
  t.match(sources.get('src/limits/open-limits.ts'), "await import('./redis-limit-store.ts')")
})

t.test('tokens/ imports neither Fastify nor Prisma', async (t) => {
  const allowed = /^(node:|zod$|src\/(tokens|secrets|config)\/|src\/errors|src\/http\/(mode|browser\/cookie-life)\.ts)/
  t.same(
    violations(({ from, to }) => from.startsWith('src/tokens/') && !allowed.test(to)),
    [],
  )
})

t.test('process.env is read in one file', async (t) => {
  const readers = [...sources].filter(([, code]) => code.includes('process.env')).map(([file]) => file)
  t.same(readers, ['src/config/config.ts'])
})

t.test('no file is over 250 lines', async (t) => {
  const pattern = '{src,packages,test,scripts,bench,examples}/**/*.{ts,mjs}'
  const made = ['**/generated/**', '**/node_modules/**', '**/dist/**', clientTypes]
  for await (const file of glob(pattern, { exclude: made })) {
    const lines = (await readFile(file, 'utf8')).split('\n').length
    if (lines > 251) t.fail(`${file} has ${lines - 1}`)
  }
})
