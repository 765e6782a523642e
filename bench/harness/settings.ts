/** How long and how often the bench measures, from the environment. */

const number = (name: string, fallback: number): number => {
  const value = Number(process.env[name] ?? fallback)
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${name} must be a number above zero`)
  return value
}

/** Seconds of one measurement; `BENCH_SECONDS=1 BENCH_ROUNDS=2` is enough to see that everything runs. */
export const seconds = number('BENCH_SECONDS', 2)
/** How many turns each has. */
export const rounds = number('BENCH_ROUNDS', 9)
/** The sizes of the table of sessions that refreshes are compared at. */
export const tableSizes = (process.env['BENCH_SESSIONS'] ?? '1000,100000,5000000').split(',').map(Number)
/** The number of users whose list an administrator reads. */
export const users = number('BENCH_USERS', 1_000_000)
/** The number of expired sessions beside the active ones. */
export const expiredSessions = number('BENCH_EXPIRED', 1_000_000)
/** Whether `npm ci` may be run to see how large an install is. */
export const measuresInstall = process.env['BENCH_INSTALL'] !== 'off'
/** The revision that `before` compares with. */
export const earlierRevision = process.env['BENCH_BEFORE'] ?? 'HEAD~1'
/** The default number of connections of the load generator. */
export const connections = 32
