/** bench/results.svg: the results as bars, for light and dark pages, with a text for screen readers. */
import { writeFile } from 'node:fs/promises'
import type { Results, Row } from './results.ts'

const width = 800
const labelWidth = 250
const barWidth = 430
const rowHeight = 24
const titleHeight = 44

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const count = (value: number) => Math.round(value).toLocaleString('en')

type Chart = { readonly title: string; readonly rows: readonly Row[] }

/** The charts for which there are results. */
export function chartsOf(results: Results): Chart[] {
  const rowsOf = (part: string, group: string) => (results[part]?.rows ?? []).filter((row) => row.group === group)
  return [
    {
      title: 'Who is asking? Requests a second, one process, 100 clients’ tokens',
      rows: rowsOf('verify', '100 tokens'),
    },
    { title: 'Refreshes a second, 64 clients', rows: rowsOf('refresh', '64 clients') },
  ].filter(({ rows }) => rows.length > 0)
}

const isOurs = ({ name }: Row) => name.startsWith('ours')

function drawRow(row: Row, y: number, most: number): string {
  const { median, min, max } = row.value
  const x = (value: number) => labelWidth + (value / most) * barWidth
  const middle = y + rowHeight / 2 - 3
  const bar = `<rect class="${isOurs(row) ? 'ours' : 'other'}" x="${labelWidth}" y="${y}" width="${(x(median) - labelWidth).toFixed(1)}" height="${rowHeight - 6}" rx="2"/>`
  const range = `<line x1="${x(min).toFixed(1)}" x2="${x(max).toFixed(1)}" y1="${middle}" y2="${middle}"/>`
  const label = `<text x="${labelWidth - 10}" y="${y + 13}" text-anchor="end">${escape(row.name)}</text>`
  const figure = `<text x="${(x(Math.max(median, max)) + 8).toFixed(1)}" y="${y + 13}">${count(median)}</text>`
  return [bar, range, label, figure].join('\n    ')
}

function drawChart({ title, rows }: Chart, top: number): string {
  const most = Math.max(...rows.map(({ value }) => value.max))
  const sorted = rows.toSorted((a, b) => b.value.median - a.value.median)
  const lines = sorted.map((row, i) => drawRow(row, top + titleHeight + i * rowHeight, most))
  return `<text class="title" x="10" y="${top + 26}">${escape(title)}</text>\n    ${lines.join('\n    ')}`
}

// The image has two sets of colours. It sees the preference of the system, and not the colours of the page.
const style = `
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-weight: 600; font-size: 15px }
    .ours { fill: #0a7d5a } .other { fill: #8c959f }
    line { stroke: #24292f; stroke-width: 1.5; opacity: .6 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .ours { fill: #2fbf8f } .other { fill: #6e7681 } line { stroke: #e6edf3 }
    }`

/** The picture of these results. */
export function draw(results: Results): string {
  const charts = chartsOf(results)
  const heights = charts.map(({ rows }) => titleHeight + rows.length * rowHeight + 10)
  const tops = heights.map((_, i) => heights.slice(0, i).reduce((sum, height) => sum + height, 0))
  const height = heights.reduce((sum, one) => sum + one, 10)
  const told = charts.map(({ title, rows }) => {
    const figures = rows.map(({ name, value }) => `${name} ${count(value.median)}`)
    return `${title}: ${figures.join(', ')}.`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">
  <title id="title">What Countersign does in a second, beside others</title>
  <desc id="desc">${escape(told.join(' '))} A line through the end of a bar is the range over the rounds.</desc>
  <style>${style}
  </style>
  <g>
    ${charts.map((chart, i) => drawChart(chart, tops[i] ?? 0)).join('\n    ')}
  </g>
</svg>
`
}

/** Writes the picture that the README shows. */
export const savePicture = (results: Results): Promise<void> =>
  writeFile(new URL('../results.svg', import.meta.url), draw(results))
