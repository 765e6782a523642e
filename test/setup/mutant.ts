/** A deliberate break of the code, and the test that must notice it. */
export type Mutant = {
  readonly name: string
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** Fails on the broken code. */
  readonly test: string
}
