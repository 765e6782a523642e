/** The reports of several storms, side by side. */
import type { Report } from './storm.ts'

const columns: [string, (report: Report) => number | string][] = [
  ['minutes', ({ minutes }) => minutes],
  ['faults', ({ faults }) => Object.values(faults).reduce((sum, count) => sum + count, 0)],
  ['sessions lost', ({ lostSessions }) => lostSessions],
  ['requests', ({ answers }) => answers.ok + answers['no answer'] + answers.refused],
  ['no answer', ({ answers }) => answers['no answer']],
  ['refused', ({ answers }) => answers.refused],
  ['rotations', ({ rotations }) => rotations],
  ['refreshes', ({ refreshes }) => refreshes],
  ['refreshes in a quiet step', ({ quiet }) => (quiet.refreshes / quiet.steps).toFixed(2)],
]

/** The lines of a Markdown table. */
export const tableOf = (reports: readonly Report[]): string[] =>
  [
    ['client', ...columns.map(([title]) => title)],
    ['---', ...columns.map(() => '---:')],
    ...reports.map((report) => [report.name, ...columns.map(([, read]) => String(read(report)))]),
  ].map((cells) => `| ${cells.join(' | ')} |`)
