/** A deliberate break of the code, and the test that must notice it. */
export type Mutant = {
  readonly name: string
  readonly file: string
  /** A text that occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The test that must fail on the broken code. */
  readonly test: string
}

/** Breaks of one file that one test must notice. Each is a name, the text, and its replacement. */
export const breaks = (
  file: string,
  test: string,
  ...list: [name: string, find: string, replace: string][]
): Mutant[] => list.map(([name, find, replace]) => ({ name, file, find, replace, test }))
