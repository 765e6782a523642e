/** Tells a database that does not answer from a mistake of ours. */

// SQLSTATE classes and codes: 08 connection, 53 resources, 57 operator intervention (57014 is our own statement
// timeout), 58 system; 40001, 40P01 and 55P03 are conflicts that a repeated request gets past; 25006 is a server that
// has become read-only, as after a failover; 3D000 and 28xxx are a
// database or a login that is gone: an operator's work in progress.
const sqlState = /^(08|53|57|58)...$|^(3D000|28000|28P01)$|^(40001|40P01|55P03|25006|25P03)$/
const network = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
// What pg and Prisma say without a code of their own.
const words = /timeout exceeded when trying to connect|Query read timeout|Connection terminated|not queryable/
// Prisma: P1xxx cannot reach or use the server, P2024 no connection from the pool in time, P2028 transaction timed out.
const prisma = /^(P1\d\d\d|P2024|P2028)$/

/** Whether the same request may succeed once the database is well again. Looks through the causes of wrapped errors. */
export function isDatabaseUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: unknown } }
  if (typeof code === 'string' && (sqlState.test(code) || network.test(code) || prisma.test(code))) return true
  if (words.test(error.message)) return true
  const causes = [error.cause, meta?.driverAdapterError, ...(error instanceof AggregateError ? error.errors : [])]
  const { originalCode } = (error.cause ?? {}) as { originalCode?: unknown }
  if (typeof originalCode === 'string' && sqlState.test(originalCode)) return true
  return causes.some((cause) => isDatabaseUnavailable(cause, depth + 1))
}
