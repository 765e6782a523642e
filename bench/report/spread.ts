/** A median with its minimum and maximum. */
export type Spread = { readonly median: number; readonly min: number; readonly max: number; readonly n: number }

const significant = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : 0)

/** Rounds to four digits, which is more than a repetition would confirm. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
  const [min = Number.NaN, max = Number.NaN] = [sorted[0], sorted.at(-1)]
  return { median: significant(median), min: significant(min), max: significant(max), n: sorted.length }
}
