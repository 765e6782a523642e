/** The noise of this machine: the same server in two processes, compared with itself. */
import { join } from 'node:path'
import { checkWhoami } from '../harness/check.ts'
import { inTurns } from '../harness/rounds.ts'
import { ourEnvironment, startServer } from '../harness/server.ts'
import { connections } from '../harness/settings.ts'
import { runWrk } from '../load/wrk.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'

export async function measureNoise({ wrk, place }: Tools): Promise<Found> {
  const env = { ...ourEnvironment(await place.newDatabase({ migrated: true })), PUBLIC_URL: 'http://localhost:3000' }
  const participants = ['one', 'other'].map(async (id) => {
    const server = await startServer(place, 'servers/ours.ts', env)
    const file = join(place.directory, `noise-${id}.txt`)
    await server.credentials(100, file)
    const load = { wrk, directory: place.directory, script: 'tokens', url: server.url, path: '/auth/whoami' } as const
    return {
      id,
      name: `ours, revocation, ${id} process`,
      server,
      check: () => checkWhoami(`${server.url}/auth/whoami`, file),
      run: (seconds: number) => runWrk({ ...load, file, seconds, connections }),
    }
  })
  const measured = await inTurns(await Promise.all(participants))
  const ratio = ratioOf(measured, ['one', 'other'], { atLeast: 0.95, atMost: 1.05 })
  return { rows: toRows(measured, '100 tokens'), ratios: [ratio] }
}
