/** Tells an unavailable database from a fault of the server, and a lost connection from a slow one. */

// SQLSTATE classes and codes: 08 connection, 53 resources, 57 operator intervention (57014 is our own statement
// timeout), 58 system, XX damage; 40001, 40P01 and 55P03 are conflicts that a repeated request gets past; 25006 is a server that
// has become read-only, as after a failover; 3D000 and 28xxx are a database or a login that is gone: an operator's work in
// progress.
const sqlState = /^(08|53|57|58|XX)...$|^(3D000|28000|28P01)$|^(40001|40P01|55P03|25006|25P03)$/
const network = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
// The messages of pg and Prisma that have no code.
const words = /timeout exceeded when trying to connect|Query read timeout|Connection terminated|not queryable/
// Prisma: P1xxx cannot reach or use the server, P2024 no connection from the pool in time, P2028 transaction timed out.
// The kinds are its adapter's: a raw query that lost its connection has no other name.
const prisma = /^(P1\d\d\d|P2024|P2028|DatabaseNotReachable|ConnectionClosed|SocketTimeout)$/

// A connection that ended during a statement (57P01 and 57P02 are a server that stops), or a conflict, which was rolled back. A timeout
// is not in the list, because more work does not help a slow database.
const lostState = /^(08003|08006|57P01|57P02|40001|40P01|ECONNRESET|EPIPE)$/
const lostWords = /Connection terminated unexpectedly|not queryable/

type Layer = { readonly code: string; readonly message: string }

/** The codes and messages of an error and of all its causes. */
function layersOf(error: unknown, depth = 0): Layer[] {
  if (!(error instanceof Error) || depth > 5) return []
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: unknown } }
  const inside = [error.cause, meta?.driverAdapterError, ...(error instanceof AggregateError ? error.errors : [])]
  // The causes of the adapter are plain objects.
  const { originalCode, kind } = (error.cause ?? {}) as { originalCode?: unknown; kind?: unknown }
  const codes = [code, originalCode, kind].filter((one) => typeof one === 'string')
  const { message } = error
  return [
    ...['', ...codes].map((one) => ({ code: one, message })),
    ...inside.flatMap((one) => layersOf(one, depth + 1)),
  ]
}

/** Whether the same request may succeed when the database is available again. It looks through the causes of wrapped errors. */
export const isDatabaseUnavailable = (error: unknown): boolean =>
  layersOf(error).some(
    ({ code, message }) => sqlState.test(code) || network.test(code) || prisma.test(code) || words.test(message),
  )

/**
 * Repeats work whose connection was lost. It is not known whether the work was carried out the first time, so use it only for work that may
 * be carried out twice.
 */
export async function againIfLost<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!layersOf(error).some(({ code, message }) => lostState.test(code) || lostWords.test(message))) throw error
    return work()
  }
}
