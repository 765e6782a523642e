/** Whether a refresh gets slower with more sessions: one server for each size of the table, in turns. */

import { inTurns, type Participant } from '../harness/rounds.ts'
import { ourEnvironment, startMain } from '../harness/server.ts'
import { fill } from '../harness/sessions.ts'
import { tableSizes } from '../harness/settings.ts'
import { type Found, ratioOf, toRows } from '../report/results.ts'
import type { Tools } from './part.ts'
import { firstToken, rotator } from './refreshers.ts'

const clients = 64
// The sessions are spread over the whole table, so that its pages are used equally.
const active = 20_000

export async function measureRefreshSize(tools: Tools): Promise<Found> {
  const participants: Participant[] = []
  for (const inTable of tableSizes) {
    const name = `${inTable.toLocaleString('en')} sessions`
    console.log(`refresh-size: filling a table with ${name}`)
    const databaseUrl = await tools.place.newDatabase({ migrated: true })
    await fill(databaseUrl, inTable)
    const server = await startMain(tools.place, ourEnvironment(databaseUrl))
    const given = { id: String(inTable), name, server, path: '/auth/refresh', clients }
    const sessions = { databaseUrl, inTable, active: Math.min(active, inTable), tokenOf: firstToken }
    participants.push(rotator(tools, given, sessions))
  }
  const measured = await inTurns(participants)
  const [least = '', ...more] = tableSizes.map(String)
  const ratios = more.map((size) => ratioOf(measured, [size, least], size === more.at(-1) ? { atLeast: 0.85 } : {}))
  return { rows: toRows(measured, `${clients} clients`, 'refreshes/s'), ratios }
}
