/** The wait for a standby that becomes the primary. */
import t from 'tap'
import type { Findings } from '../../../src/database/checks/check-database.ts'
import { untilWritable } from '../../../src/database/checks/until-writable.ts'

const standby: Findings = { problems: ['a standby'], warnings: [], isStandby: true }
const primary: Findings = { problems: [], warnings: [], isStandby: false }

/** Checks that give these findings one after the other, and the last one again and again. */
function checksOf(...findings: Findings[]) {
  const lines: string[] = []
  let asked = 0
  const check = async () => findings[Math.min(asked++, findings.length - 1)] ?? primary
  const wait = (waitSeconds: number) =>
    untilWritable(check, { log: (line) => lines.push(line), waitSeconds, pauseMs: 1 })
  return { wait, lines, asked: () => asked }
}

t.test('a standby is asked again until it is the primary, and the log says it once', async (t) => {
  const { wait, lines, asked } = checksOf(standby, standby, standby, primary)
  t.equal(await wait(600), primary)
  t.equal(asked(), 4)
  t.match(lines, [/Postgres is a standby/])
})

t.test('a standby that stays one is a problem in the end', async (t) => {
  t.equal(await checksOf(standby).wait(0), standby)
})

t.test('a standby with another problem is not waited for', async (t) => {
  const hopeless: Findings = { ...standby, problems: ['a standby', 'another problem'] }
  const { wait, asked } = checksOf(hopeless)
  t.equal(await wait(600), hopeless)
  t.equal(asked(), 1)
})
