/** Results as tables: for a terminal and for Markdown, from the same file, so that they cannot differ. */
import type { Part, Ratio, Row } from './results.ts'
import type { Spread } from './spread.ts'

const figure = (value: number): string => {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
const range = ({ min, max, n }: Spread) => (n > 1 ? `${figure(min)} to ${figure(max)}` : '')
const share = (value: number | undefined) => (value === undefined ? '' : `${Math.round(value * 100)} %`)
const milliseconds = (value: number | undefined) => (value === undefined ? '' : figure(value))

/** Whether a ratio is what it must be; undefined where nothing is asked of it. */
export function reached({ value, atLeast, atMost }: Ratio): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined
  return value.median >= (atLeast ?? -Infinity) && value.median <= (atMost ?? Infinity)
}

const wanted = ({ atLeast, atMost }: Ratio) =>
  atMost === undefined ? (atLeast === undefined ? '' : `≥ ${atLeast}`) : `${atLeast} to ${atMost}`

const verdicts = new Map([
  [true, 'yes'],
  [false, '**no**'],
])

type Table = readonly (readonly string[])[]

/** Figures of one group, the first line being their names. */
function rowsTable(rows: readonly Row[]): Table {
  const timed = rows.some(({ p50 }) => p50 !== undefined)
  const heads = [
    '',
    rows[0]?.unit ?? '',
    'range',
    ...(timed ? ['p50 ms', 'p99 ms', 'server’s core', 'wrk’s core'] : []),
  ]
  const lines = rows.map(({ name, value, ...row }) => [
    name,
    figure(value.median),
    range(value),
    ...(timed ? [milliseconds(row.p50), milliseconds(row.p99), share(row.serverCpu), share(row.loadCpu)] : []),
  ])
  return [heads, ...lines]
}

const ratiosTable = (ratios: readonly Ratio[]): Table => [
  ['ratio', 'median', 'range', 'must be', 'reached'],
  ...ratios.map((ratio) => [
    ratio.name,
    figure(ratio.value.median),
    range(ratio.value),
    wanted(ratio),
    verdicts.get(reached(ratio) as boolean) ?? '',
  ]),
]

const aligned = (table: Table): string => {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)))
  const pad = (cell: string, i: number) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))
  return table.map((line) => `  ${line.map(pad).join('   ')}`).join('\n')
}

const markdown = ([heads = [], ...lines]: Table): string => {
  const row = (cells: readonly string[]) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |')
  return [row(heads), row(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...lines.map(row)].join('\n')
}

/** Rows of a part, in groups; with `groups`, only these. */
function tablesOf(part: Part, groups?: readonly string[]): { title: string; table: Table }[] {
  const byGroup = Map.groupBy(part.rows, ({ group, unit }) => `${group}\n${unit}`)
  return [...byGroup.values()]
    .map((rows) => ({ title: rows[0]?.group ?? '', table: rowsTable(rows) }))
    .filter(({ title }) => !groups || groups.includes(title))
}

const where = ({ machine, measured, loadBefore, rounds, seconds }: Part) =>
  `${machine}; ${measured.slice(0, 10)}, ${rounds} rounds of ${seconds} s, load before ${loadBefore}`

/** Everything about a part, for a terminal. */
export function forTerminal(name: string, part: Part): string {
  const tables = tablesOf(part).map(({ title, table }) => `${title}\n${aligned(table)}`)
  const ratios = part.ratios.length > 0 ? [aligned(ratiosTable(part.ratios))] : []
  return [`${name}: ${where(part)}`, ...tables, ...ratios, ...part.notes].join('\n\n')
}

/** Everything about a part, in Markdown. */
export function forMarkdown(part: Part, groups?: readonly string[]): string {
  const tables = tablesOf(part, groups).map(({ title, table }) => `${title}:\n\n${markdown(table)}`)
  const ratios = part.ratios.length > 0 ? [markdown(ratiosTable(part.ratios))] : []
  return [`*${where(part)}*`, ...tables, ...ratios, ...part.notes].join('\n\n')
}
