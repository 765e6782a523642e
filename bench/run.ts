/**
 * `npm run bench [-- PART…]` compares the speed of the server with that of others on this machine. It prints tables, and
 * writes the results to bench/results.json and bench/results.svg. Without names it runs every part. `tables` measures nothing
 * and writes the tables from bench/results.json into the pages again.
 */
import { join } from 'node:path'
import { withPlace } from './harness/place.ts'
import { findPrograms, installPeers } from './harness/programs.ts'
import { root } from './harness/server.ts'
import { measureAdminUsers } from './parts/admin-users.ts'
import { measureBefore } from './parts/before.ts'
import { measureCost } from './parts/cost.ts'
import { measureExpiredSessions } from './parts/expired-sessions.ts'
import { measureLogin } from './parts/login.ts'
import { measureNoise } from './parts/noise.ts'
import type { Measure } from './parts/part.ts'
import { measureProcesses } from './parts/processes.ts'
import { measureRefresh } from './parts/refresh.ts'
import { measureRefreshSize } from './parts/refresh-size.ts'
import { measureRevocation } from './parts/revocation.ts'
import { measureRevocationCheck } from './parts/revocation-check.ts'
import { measureRows } from './parts/rows.ts'
import { measureVerify } from './parts/verify.ts'
import { writePages } from './report/pages.ts'
import { savePicture } from './report/picture.ts'
import { document, keep, readResults } from './report/results.ts'
import { forTerminal } from './report/tables.ts'

const parts: Readonly<Record<string, Measure>> = {
  noise: measureNoise,
  verify: measureVerify,
  refresh: measureRefresh,
  'refresh-size': measureRefreshSize,
  login: measureLogin,
  revocation: measureRevocation,
  'revocation-check': measureRevocationCheck,
  'expired-sessions': measureExpiredSessions,
  'admin-users': measureAdminUsers,
  processes: measureProcesses,
  cost: measureCost,
  rows: measureRows,
  before: measureBefore,
}

async function measure(names: readonly string[]): Promise<void> {
  const programs = await findPrograms()
  await installPeers(join(root, 'bench/peers'))
  for (const name of names) {
    const part = parts[name]
    if (!part) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(', ')}`)
    // Each part has its own Postgres and directory, so that no part affects the next.
    const found = await withPlace((place) => document(place.postgres, () => part({ ...programs, place })))
    await keep(name, found)
    console.log(`\n${forTerminal(name, found)}\n`)
  }
}

/** Writes the results into the picture and the pages. */
async function publish(): Promise<void> {
  const results = await readResults()
  await savePicture(results)
  await writePages(results)
}

try {
  const names = process.argv.slice(2)
  if (names.join() !== 'tables') await measure(names.length > 0 ? names : Object.keys(parts))
  await publish()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
