/** Costs other than time: bytes of a request, space for sessions and revocations, the start, and the installation. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Place } from '../harness/place.ts'
import { post } from '../harness/post.ts'
import { ourEnvironment, root, startMain, startServer } from '../harness/server.ts'
import { fill } from '../harness/sessions.ts'
import { measuresInstall, rounds } from '../harness/settings.ts'
import type { Found, Row } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'
import type { Tools } from './part.ts'
import { firstToken } from './refreshers.ts'

const run = promisify(execFile)
const megabyte = 1e6
const hundredThousand = 100_000

type Figure = { id: string; name: string; values: readonly number[] }
const rowsOf = (group: string, unit: string, figures: readonly Figure[]): Row[] =>
  figures.map(({ id, name, values }) => ({ id, name, group, unit, value: spreadOf(values) }))

/** The megabytes of a table with its indexes for a hundred thousand rows. */
async function sizeOf(url: string, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ size: string; rows: string }>(
    `SELECT pg_total_relation_size('${table}') AS size, count(*) AS rows FROM ${table}`,
  )
  await client.end()
  return ((Number(rows[0]?.size) / Number(rows[0]?.rows)) * hundredThousand) / megabyte
}

/** The space of others for as many sessions, and the size of the header that their clients send. */
async function measurePeers(place: Place): Promise<{ headers: Figure[]; rooms: Figure[] }> {
  const headers: Figure[] = []
  const rooms: Figure[] = []
  for (const { id, name, entry, table, env = {} } of [
    { id: 'jwt', name: '@fastify/jwt, HS256', entry: 'fastify-jwt', env: { ALG: 'HS256' } },
    { id: 'classic', name: 'session in Postgres', entry: 'session', table: 'session' },
    { id: 'better', name: 'better-auth', entry: 'better-auth', table: '"session"' },
    { id: 'better-cached', name: 'better-auth, cookie cache', entry: 'better-auth', env: { CACHE: 'on' } },
    { id: 'prisma', name: 'plain Prisma refresh tokens', entry: 'prisma-refresh', table: 'refresh_tokens' },
  ]) {
    const databaseUrl = await place.newDatabase()
    const server = await startServer(place, `peers/${entry}.mjs`, { DATABASE_URL: databaseUrl, ...env })
    const file = join(place.directory, `${id}.txt`)
    await server.credentials(table ? 10_000 : 1, file)
    const [line = ''] = (await readFile(file, 'utf8')).split('\n', 1)
    if (line.includes(': ')) headers.push({ id, name, values: [line.length] })
    if (table) rooms.push({ id, name, values: [await sizeOf(databaseUrl, table)] })
  }
  return { headers, rooms }
}

/** The sizes of the headers of bearer and cookie clients after a login. */
async function measureOurs(place: Place, databaseUrl: string): Promise<Figure[]> {
  const origin = 'https://app.example.com'
  const settings = { ...ourEnvironment(databaseUrl), SPA_ORIGINS: origin, PUBLIC_URL: 'https://auth.example.com' }
  const { url } = await startMain(place, settings)
  const register = (email: string, more: Record<string, string> = {}) =>
    post(`${url}/auth/register`, { email, password: 'correct horse battery staple' }, more)
  const { access_token: token } = (await (await register('ada@example.com')).json()) as { access_token: string }
  const inCookies = await register('eve@example.com', { origin, 'x-auth-mode': 'cookie' })
  const cookies = inCookies.headers.getSetCookie().map((line) => line.split(';', 1)[0])
  if (cookies.length < 2) throw new Error('register sets no cookies')
  return [
    { id: 'bearer', name: 'ours, bearer', values: [`Authorization: Bearer ${token}`.length] },
    { id: 'cookies', name: 'ours, cookies', values: [`Cookie: ${cookies.join('; ')}`.length] },
    { id: 'refresh', name: 'ours, a refresh token (in a body)', values: [firstToken(0).length] },
  ]
}

async function memoryOf(what: 'revocations' | 'tokens', count: number): Promise<number> {
  const args = ['--expose-gc', '--disable-warning=ExperimentalWarning', join(root, 'bench/load/memory.ts')]
  const { stdout } = await run(process.execPath, [...args, what, String(count)])
  return Number(stdout) / megabyte
}

/** The milliseconds until the production build is ready, and its memory in megabytes. */
async function measureStarts(place: Place, databaseUrl: string): Promise<{ took: number[]; memory: number[] }> {
  const [took, memory]: [number[], number[]] = [[], []]
  for (let i = 0; i <= rounds; i++) {
    const from = performance.now()
    const { child } = await startMain(place, ourEnvironment(databaseUrl))
    // The first start only fills caches.
    if (i > 0) took.push(performance.now() - from)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(status) ?? []
    if (i > 0 && kilobytes) memory.push((Number(kilobytes) * 1024) / megabyte)
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { took, memory }
}

/** The megabytes of node_modules in production, installed as in the Dockerfile. */
async function measureInstalled(place: Place): Promise<number> {
  const directory = join(place.directory, 'install')
  await mkdir(directory)
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(root, file), join(directory, file))
  const lean = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['ci', ...lean], { cwd: directory })
  const { stdout } = await run('du', ['-sk', join(directory, 'node_modules')])
  return (Number.parseInt(stdout, 10) * 1024) / megabyte
}

export async function measureCost({ place }: Tools): Promise<Found> {
  const databaseUrl = await place.newDatabase({ migrated: true })
  await fill(databaseUrl, hundredThousand)
  const room = { id: 'ours', name: 'ours', values: [await sizeOf(databaseUrl, 'sessions')] }
  const ours = await measureOurs(place, await place.newDatabase({ migrated: true }))
  const { headers, rooms } = await measurePeers(place)
  console.log('cost: memory, starting, installing')
  const { took, memory } = await measureStarts(place, databaseUrl)
  const kept = [
    { id: 'rss', name: 'ours, just started', values: memory },
    { id: 'revocations', name: '100,000 revocations', values: [await memoryOf('revocations', hundredThousand)] },
    { id: 'tokens', name: '20,000 verified tokens, all it keeps', values: [await memoryOf('tokens', 20_000)] },
  ]
  const installed = measuresInstall
    ? [{ id: 'install', name: 'node_modules in production', values: [await measureInstalled(place)] }]
    : []
  return {
    rows: [
      ...rowsOf('sent with a request', 'bytes', [...ours, ...headers]),
      ...rowsOf('100,000 sessions in Postgres, indexes included', 'MB', [room, ...rooms]),
      ...rowsOf('memory', 'MB', kept),
      ...rowsOf('until ready', 'ms', [{ id: 'start', name: 'ours', values: took }]),
      ...rowsOf('installed', 'MB', installed),
    ],
    ratios: [],
    notes: measuresInstall ? [] : ['The size of an install was not measured (BENCH_INSTALL=off).'],
  }
}
