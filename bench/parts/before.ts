/** Login and refresh, compared with those of an earlier revision. The production builds of both run side by side. */
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { post } from '../harness/post.ts'
import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, root, type Server, startMain } from '../harness/server.ts'
import { fill } from '../harness/sessions.ts'
import { earlierRevision, seconds } from '../harness/settings.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'
import { firstToken, rotator } from './refreshers.ts'

const run = promisify(execFile)
const inTable = 100_000
const active = 10_000
const clients = 64
const user = { email: 'ada@example.com', password: 'correct horse battery staple' }
// The least cost that the server accepts. A dearer hash would hide what else a login does.
const cost = '10'

/** The revision in a directory of its own, built with the packages that are installed here. */
async function buildEarlier(directory: string, revision: string): Promise<string> {
  const checkout = join(directory, 'earlier')
  await mkdir(checkout)
  const archive = join(directory, 'earlier.tar')
  await run('git', ['archive', '--output', archive, revision], { cwd: root })
  await run('tar', ['--extract', '--file', archive, '--directory', checkout])
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'))
  for (const script of ['generate', 'build']) await run('npm', ['run', script], { cwd: checkout })
  return checkout
}

export async function measureBefore(tools: Tools): Promise<Found> {
  const { wrk, place } = tools
  const earlier = await buildEarlier(place.directory, earlierRevision)
  const bodies = join(place.directory, 'login.json')
  await writeFile(bodies, JSON.stringify(user))

  async function start(directory: string) {
    const databaseUrl = await place.newDatabase()
    const env = { ...ourEnvironment(databaseUrl), BCRYPT_COST: cost }
    // The server itself brings the tables of its version.
    const server = await startMain(place, env, directory)
    await fill(databaseUrl, inTable)
    const registered = await post(`${server.url}/auth/register`, user)
    if (registered.status !== 201) throw new Error(`a registration is answered with ${registered.status}`)
    return { server, databaseUrl }
  }
  const [now, before] = [await start(root), await start(earlier)]

  const refreshing = (id: string, name: string, { server, databaseUrl }: { server: Server; databaseUrl: string }) =>
    rotator(
      tools,
      { id, name, server, path: '/auth/refresh', clients },
      { databaseUrl, inTable, active, tokenOf: firstToken },
    )
  const signingIn = (id: string, name: string, { server }: { server: Server }): Participant => {
    const load = { wrk, directory: place.directory, url: server.url, script: 'post', path: '/auth/login' } as const
    // The fair queue refuses more requests at once for one account.
    return { id, name, server, run: (during) => runWrk({ ...load, file: bodies, seconds: during, connections: 2 }) }
  }

  console.log('before: refresh')
  const refreshes = await inTurns([refreshing('now', 'now', now), refreshing('before', 'before', before)])
  console.log('before: login')
  const logins = await inTurns(
    [signingIn('now', 'now', now), signingIn('before', 'before', before)],
    Math.max(4, seconds),
  )
  const notes = [`before is ${earlierRevision}`]
  const ratios = [
    { ...ratioOf(refreshes, ['now', 'before'], { atLeast: 0.97 }), name: `refresh, now ÷ before; ${clients} clients` },
    { ...ratioOf(logins, ['now', 'before'], { atLeast: 0.97 }), name: `login, now ÷ before; cost ${cost}` },
  ]
  return {
    rows: [...toRows(refreshes, 'refresh', 'refreshes/s'), ...toRows(logins, 'login', 'logins/s')],
    ratios,
    notes,
  }
}
