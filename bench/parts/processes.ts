/** One process, and two on one port with REUSE_PORT: verified requests and refreshes. Needs Linux, and more than one core. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../src/database/embedded/free-port.ts'
import { checkWhoami } from '../harness/check.ts'
import { post } from '../harness/post.ts'
import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, type Server, startMain } from '../harness/server.ts'
import { fill } from '../harness/sessions.ts'
import { connections } from '../harness/settings.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'
import { firstToken, rotator } from './refreshers.ts'

const inTable = 100_000
const active = 10_000
const tokens = 100

type Processes = { readonly id: string; readonly name: string; readonly databaseUrl: string; readonly server: Server }

/** Starts so many processes on one port. The processor time of the first one is measured. */
async function startProcesses({ place }: Tools, count: number): Promise<Processes> {
  const databaseUrl = await place.newDatabase({ migrated: true })
  await fill(databaseUrl, inTable)
  const port = await freePort()
  const env = {
    ...ourEnvironment(databaseUrl),
    REUSE_PORT: 'on',
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
  }
  const servers: Server[] = []
  for (let i = 0; i < count; i++) servers.push(await startMain(place, env))
  const name = count === 1 ? 'one process' : `${count} processes on one port`
  return { id: String(count), name, databaseUrl, server: servers[0]! }
}

/** Asks who the user is, with a few tokens that refreshes have brought. */
async function verifier({ wrk, place }: Tools, { id, name, server }: Processes): Promise<Participant> {
  const { url } = server
  const lines: string[] = []
  // These sessions are not among those that are refreshed in the other comparison.
  for (let i = 0; i < tokens; i++) {
    const answer = await post(`${url}/auth/refresh`, { refresh_token: firstToken(inTable - 1 - 2 * i) })
    lines.push(`Authorization: Bearer ${((await answer.json()) as { access_token: string }).access_token}`)
  }
  const file = join(place.directory, `processes-${id}.txt`)
  await writeFile(file, `${lines.join('\n')}\n`)
  const load = { wrk, directory: place.directory, script: 'tokens', url, path: '/auth/whoami', file } as const
  return {
    id,
    name,
    server,
    check: () => checkWhoami(`${url}/auth/whoami`, file),
    run: (seconds) => runWrk({ ...load, seconds, connections }),
  }
}

export async function measureProcesses(tools: Tools): Promise<Found> {
  const all = [await startProcesses(tools, 1), await startProcesses(tools, 2)]
  const found: Found[] = []
  const compare = async (group: string, unit: string, participants: readonly Participant[]) => {
    console.log(`processes: ${group}`)
    const measured = await inTurns(participants)
    const ratio = ratioOf(measured, ['2', '1'])
    found.push({ rows: toRows(measured, group, unit), ratios: [{ ...ratio, name: `${ratio.name}; ${group}` }] })
  }
  const verifiers = []
  for (const processes of all) verifiers.push(await verifier(tools, processes))
  await compare('verified requests', 'requests/s', verifiers)
  const rotators = all.map((processes) =>
    rotator(
      tools,
      { ...processes, path: '/auth/refresh', clients: 64 },
      { databaseUrl: processes.databaseUrl, inTable, active, tokenOf: firstToken },
    ),
  )
  await compare('refreshes, 64 clients', 'refreshes/s', rotators)
  return {
    rows: found.flatMap(({ rows }) => rows),
    ratios: found.flatMap(({ ratios }) => ratios),
    notes: ['The load generator and Postgres run on the same cores. Its share is in the column of the load.'],
  }
}
