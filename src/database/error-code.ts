/** The code of an error from Node or Postgres, such as `EEXIST` or `28P01`. */

/** The `code` of the error, or undefined. */
export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
