/** A storm over five tabs of a real browser: no user is signed out, and one refresh serves all tabs. Other clients for comparison. */
import t from 'tap'
import { skip } from '../browser/authority.ts'
import { countersign } from './storm/countersign.ts'
import { authJs, betterAuth } from './storm/peers.ts'
import { faults } from './storm/plan.ts'
import { type Report, storm } from './storm/storm.ts'
import { tableOf } from './storm/table.ts'

// The long form is an hour of simulated life.
const minutes = Number(process.env['STORM_MINUTES'] ?? 3)
const seed = Number(process.env['STORM_SEED'] ?? 1)
const timeout = 3_600_000
t.setTimeout(timeout)
// Most of the time is spent waiting.
t.jobs = 3

const reports: Report[] = []
t.teardown(() => {
  for (const line of tableOf(reports)) t.comment(line)
})

for (const kind of ['cookies', 'indexedDbStorage', 'localStorageStorage'] as const) {
  t.test(`${minutes} minutes in ${kind}`, { skip, timeout }, async (t) => {
    const report = await storm(t, countersign(kind), { steps: minutes * 12, seed })
    reports.push(report)
    t.comment(JSON.stringify(report))
    t.same(Object.keys(report.faults).toSorted(), [...faults].toSorted(), 'every fault occurs')
    t.equal(report.signOuts, 0, 'nobody is signed out')
    t.ok(report.isSignedIn)
    t.equal(report.answers.refused, 0, 'no request is refused')
    // Without a lock and a look at the storage, each of the five tabs would refresh. A busy machine may cost a lock now and then.
    t.ok(report.quiet.refreshes < report.quiet.steps * 1.5, 'one refresh serves all tabs')
    t.ok(report.quiet.rotations >= report.quiet.steps)
    t.ok(report.noticesEnd, 'and the end of the session is noticed')
  })
}

for (const peer of [authJs, betterAuth]) {
  t.test(`${minutes} minutes of ${peer.name}`, { skip, timeout }, async (t) => {
    const report = await storm(t, peer, { steps: minutes * 12, seed })
    reports.push(report)
    t.comment(JSON.stringify(report))
    t.same(Object.keys(report.faults).toSorted(), [...faults].toSorted(), 'every fault occurs')
    t.ok(report.rotations > 0, 'for the table; how others fare is not for this test to judge')
  })
}
