/** What an error from Node or from Postgres is called: `EEXIST`, `28P01`. */

/** The error's `code`, or `undefined` where it has none. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
