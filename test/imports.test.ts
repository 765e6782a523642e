/** Who may import whom, as the README's "Layout" says. */
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'

type Import = { from: string; to: string; typeOnly: boolean }

async function imports(): Promise<Import[]> {
  const found: Import[] = []
  for await (const file of glob('src/**/*.ts', { exclude: ['src/database/generated/**'] })) {
    const code = await readFile(file, 'utf8')
    for (const [, type, target = ''] of code.matchAll(/^(?:import|export) (type )?[^'"]*?from '([^']+)'/gms)) {
      const to = target.startsWith('.') ? normalize(join(dirname(file), target)) : target
      found.push({ from: file, to, typeOnly: type !== undefined })
    }
  }
  return found
}

const all = await imports()
const violations = (rule: (edge: Import) => boolean) => all.filter(rule).map(({ from, to }) => `${from} → ${to}`)
const feature = (path: string) =>
  /^src\/(accounts|admin|email-addresses|federation|guard|keys|oauth|passwords|privacy|registration|revocations|sessions|signin|verify)\//.exec(
    path,
  )?.[1]
const isRoutes = (path: string) => path.endsWith('/routes.ts')
const isStore = (path: string) => path.endsWith('-store.ts')

t.test('the code is read', async (t) => {
  t.ok(all.length > 60, `${all.length} imports`)
})

t.test('only start.ts knows app.ts', async (t) => {
  t.same(
    violations(({ from, to }) => to === 'src/app.ts' && from !== 'src/start.ts'),
    [],
  )
})

t.test('no route touches a store', async (t) => {
  t.same(
    violations(({ from, to }) => isRoutes(from) && isStore(to)),
    [],
  )
})

t.test('no store calls a use-case', async (t) => {
  const allowed = /^src\/(database|errors|config|tokens)|-store\.ts$/
  t.same(
    violations(({ from, to, typeOnly }) => isStore(from) && to.startsWith('src/') && !typeOnly && !allowed.test(to)),
    [],
  )
})

t.test('Fastify stays in http/, guard/, verify/, routes.ts and app.ts', async (t) => {
  const allowed = /^src\/(http\/|guard\/|verify\/|tokens\/signature|app\.ts)|\/routes\.ts$/
  t.same(
    violations(({ from, to }) => /^(@fastify\/|fastify)/.test(to) && !allowed.test(from)),
    [],
  )
})

t.test('Prisma and pg stay in database/ and the stores', async (t) => {
  const isDatabase = (to: string) => /^(@prisma\/|pg$|src\/database\/generated)/.test(to)
  t.same(
    violations(({ from, to }) => isDatabase(to) && !from.startsWith('src/database/') && !isStore(from)),
    [],
  )
})

t.test('bcrypt is in one file', async (t) => {
  t.same(
    violations(({ to }) => to === 'bcrypt'),
    ['src/passwords/password-hash.ts → bcrypt'],
  )
})

t.test('the client of Redis is in one file, which is loaded where there is a Redis', async (t) => {
  t.same(
    violations(({ to }) => to === 'ioredis' || to === 'src/limits/redis-limit-store.ts'),
    ['src/limits/redis-limit-store.ts → ioredis'],
  )
})

t.test('tokens/ knows neither Fastify nor Prisma nor any feature', async (t) => {
  const allowed = /^(node:|zod$|@fastify\/jwt$|fastify$|src\/(tokens|secrets|config\/start-error|errors))/
  t.same(
    violations(({ from, to }) => from.startsWith('src/tokens/') && !allowed.test(to)),
    [],
  )
})

t.test('http/ knows no feature', async (t) => {
  t.same(
    violations(({ from, to }) => from.startsWith('src/http/') && feature(to) !== undefined),
    [],
  )
})

t.test('process.env is read in one file', async (t) => {
  const readers: string[] = []
  for await (const file of glob('src/**/*.ts', { exclude: ['src/database/generated/**'] })) {
    if ((await readFile(file, 'utf8')).includes('process.env')) readers.push(file)
  }
  t.same(readers, ['src/config/config.ts'])
})

t.test('no file is over 250 lines', async (t) => {
  for await (const file of glob('{src,test,scripts}/**/*.ts', { exclude: ['src/database/generated/**'] })) {
    const lines = (await readFile(file, 'utf8')).split('\n').length
    if (lines > 250) t.fail(`${file} has ${lines}`)
  }
})
