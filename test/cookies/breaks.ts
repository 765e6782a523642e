import type { Mutant } from '../setup/mutant.ts'

/** Breaks of one file that one test must notice: name, what stands there, what stands there instead. */
export const breaks = (
  file: string,
  test: string,
  ...list: [name: string, find: string, replace: string][]
): Mutant[] => list.map(([name, find, replace]) => ({ name, file, find, replace, test }))
