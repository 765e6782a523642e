/** The results in bench/results.json: each part with the time and the machine of its measurement. */
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { Measured } from '../harness/rounds.ts'
import { rounds, seconds } from '../harness/settings.ts'
import { type Spread, spreadOf } from './spread.ts'

export type Row = {
  readonly id: string
  readonly name: string
  /** What compared rows have in common, such as "100 tokens" or "64 clients". */
  readonly group: string
  readonly unit: string
  readonly value: Spread
  /** Milliseconds. Medians of the rounds. */
  readonly p50?: number
  readonly p99?: number
  /** Shares of a core. Medians of the rounds. */
  readonly serverCpu?: number
  readonly loadCpu?: number
}

export type Ratio = {
  readonly name: string
  /** The median of the ratios of the rounds. */
  readonly value: Spread
  readonly atLeast?: number
  readonly atMost?: number
}

export type Part = {
  readonly measured: string
  readonly machine: string
  /** The load average of the machine in the minute before. */
  readonly loadBefore: number
  readonly seconds: number
  readonly rounds: number
  readonly rows: readonly Row[]
  readonly ratios: readonly Ratio[]
  readonly notes: readonly string[]
}
export type Results = Readonly<Record<string, Part>>
export type Found = Pick<Part, 'rows' | 'ratios'> & { readonly notes?: readonly string[] }

const file = new URL('../results.json', import.meta.url)

export const readResults = async (): Promise<Results> =>
  JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Results

/** Replaces the earlier results of a part. */
export async function keep(name: string, part: Part): Promise<void> {
  await writeFile(file, `${JSON.stringify({ ...(await readResults()), [name]: part }, undefined, 2)}\n`)
}

/** Runs a part, and adds the machine and the time. */
export async function document(postgres: string, part: () => Promise<Found>): Promise<Part> {
  const [loadBefore = 0] = loadavg()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  const { notes = [], ...found } = await part()
  return {
    measured: new Date().toISOString(),
    machine: `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${gigabytes} GB, Node ${process.version}, ${postgres}`,
    loadBefore: Math.round(loadBefore * 10) / 10,
    seconds,
    rounds,
    ...found,
    notes,
  }
}

const rounded = (value: number | undefined) => (value === undefined ? undefined : Math.round(value * 1000) / 1000)

/** Rows of requests, or of other work, per second. */
export const toRows = (measured: readonly Measured[], group: string, unit = 'requests/s'): Row[] =>
  measured.map(({ id, name, perSecond, ...more }) => ({
    id,
    name,
    group,
    unit,
    value: spreadOf(perSecond),
    ...Object.fromEntries(
      (['p50', 'p99', 'serverCpu', 'loadCpu'] as const)
        .filter((key) => more[key].length > 0)
        .map((key) => [key, rounded(spreadOf(more[key]).median)]),
    ),
  }))

type Target = Pick<Ratio, 'atLeast' | 'atMost'>

/** The ratio of two participants, round by round, because the turns of a round are close to each other. */
export function ratioOf(
  measured: readonly Measured[],
  [of, to]: readonly [string, string],
  target: Target = {},
): Ratio {
  const find = (id: string) => {
    const found = measured.find((one) => one.id === id)
    if (!found) throw new Error(`nothing was measured as ${id}`)
    return found
  }
  const [one, other] = [find(of), find(to)]
  const each = one.perSecond.map((value, i) => value / (other.perSecond[i] ?? Number.NaN))
  return { name: `${one.name} ÷ ${other.name}`, value: spreadOf(each), ...target }
}
