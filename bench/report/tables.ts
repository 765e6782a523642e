/** Tables of the results for a terminal and for Markdown. */
import type { Part, Ratio, Row } from './results.ts'
import type { Spread } from './spread.ts'

/** The number with three digits. */
export const figure = (value: number): string => {
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
const range = ({ min, max, n }: Spread) => (n > 1 ? `${figure(min)} to ${figure(max)}` : '')
const share = (value: number | undefined) => (value === undefined ? '' : `${Math.round(value * 100)} %`)
const milliseconds = (value: number | undefined) => (value === undefined ? '' : figure(value))

/** Whether a ratio is within its limit, or undefined if it has none. */
export function reached({ value, atLeast, atMost }: Ratio): boolean | undefined {
  if (atLeast === undefined && atMost === undefined) return undefined
  return value.median >= (atLeast ?? -Infinity) && value.median <= (atMost ?? Infinity)
}

const wanted = ({ atLeast, atMost }: Ratio): string => {
  if (atMost !== undefined) return `${atLeast} to ${atMost}`
  return atLeast === undefined ? '' : `≥ ${atLeast}`
}

const verdict = (ratio: Ratio): string => {
  const good = reached(ratio)
  if (good === undefined) return ''
  return good ? 'yes' : '**no**'
}

type Table = readonly (readonly string[])[]

/** The figures of one group. The first row holds the headings. */
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
  ...ratios.map((ratio) => [ratio.name, figure(ratio.value.median), range(ratio.value), wanted(ratio), verdict(ratio)]),
]

const aligned = (table: Table): string => {
  const widths = (table[0] ?? []).map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0)))
  const pad = (cell: string, i: number) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))
  return table.map((line) => `  ${line.map(pad).join('   ')}`).join('\n')
}

/** A table in Markdown. The first row holds the headings. */
export const markdown = ([heads = [], ...lines]: Table): string => {
  const row = (cells: readonly string[]) =>
    `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |')
  return [row(heads), row(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...lines.map(row)].join('\n')
}

const tablesOf = (rows: readonly Row[]): { title: string; table: Table }[] =>
  [...Map.groupBy(rows, ({ group, unit }) => `${group}\n${unit}`).values()].map((alike) => ({
    title: alike[0]?.group ?? '',
    table: rowsTable(alike),
  }))

const where = ({ machine, measured, loadBefore, rounds, seconds }: Part) =>
  `${machine}; ${measured.slice(0, 10)}, ${rounds} rounds of ${seconds} s, load before ${loadBefore}`

/** Everything about a part, for a terminal. */
export function forTerminal(name: string, part: Part): string {
  const tables = tablesOf(part.rows).map(({ title, table }) => `${title}\n${aligned(table)}`)
  const ratios = part.ratios.length > 0 ? [aligned(ratiosTable(part.ratios))] : []
  return [`${name}: ${where(part)}`, ...tables, ...ratios, ...part.notes].join('\n\n')
}

/** A part in Markdown. With `group`, only the figures and ratios of that group. */
export function forMarkdown(part: Part, group?: string): string {
  const rows = part.rows.filter((row) => !group || row.group === group)
  const ratios = part.ratios.filter(({ name }) => !group || name.endsWith(`; ${group}`))
  const tables = tablesOf(rows).map(({ title, table }) => `${title}:\n\n${markdown(table)}`)
  const verdicts = ratios.length > 0 ? [markdown(ratiosTable(ratios))] : []
  return [`*${where(part)}*`, ...tables, ...verdicts, ...part.notes].join('\n\n')
}
