/** Nodes with rate limits, and clients that guess passwords. */
import type { Test } from 'tap'
import { type Answer, call, password, type Registered, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { type Node, startNode } from '../setup/node.ts'
import { nodeClock, pass, stopClock } from '../setup/stopped-clock.ts'

/**
 * A node with the default limits except the one on requests, or with those of `env`. Its clock and its database's stand still
 * for the limits, so that no wait ends while a test is slow: `pass` of `stopped-clock.ts` lets time pass.
 */
export async function startLimited(
  t: Pick<Test, 'teardown'>,
  { env = {}, databaseUrl, ...options }: NonNullable<Parameters<typeof startNode>[1]> = {},
) {
  const url = databaseUrl ?? (await databaseWithStoppedClock(t))
  return startNode(t, { clock: nodeClock, ...options, databaseUrl: url, env: { RATE_LIMITS: 'requests=0', ...env } })
}

async function databaseWithStoppedClock(t: Pick<Test, 'teardown'>): Promise<string> {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  await stopClock(url)
  return url
}

/** Clears all attempts in the database, and the refusals that nodes remember for a second. */
export async function forgetAttempts({ database, databaseUrl }: Pick<Node, 'database' | 'databaseUrl'>): Promise<void> {
  await database.pool.query('DELETE FROM attempts')
  await pass(databaseUrl, 1)
}

export type Problem = { code?: string }
type Login = { email: string; password?: string; device?: string | undefined; from?: string }

/** Logs in behind a proxy. `from` is the address of the client. */
export async function login(
  { baseUrl }: Pick<Node, 'baseUrl'>,
  { email, password: given = password, device, from }: Login,
): Promise<Answer<Registered & Problem>> {
  const response = await fetch(`${baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(from === undefined ? {} : { 'x-forwarded-for': from }) },
    body: JSON.stringify({ email, password: given, ...(device === undefined ? {} : { device_token: device }) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Registered & Problem }
}

export const guess = (node: Pick<Node, 'baseUrl'>, email: string, from?: string) =>
  login(node, { email, password: 'not the password', ...(from === undefined ? {} : { from }) })

/** Sends wrong passwords one after the other, and returns the statuses. */
export async function guesses(node: Pick<Node, 'baseUrl'>, times: number, email: string, from?: string) {
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push((await guess(node, email, from)).status)
  return statuses
}

/** A user with a trusted device. */
export async function userWithDevice(node: Pick<Node, 'baseUrl'>): Promise<Registered & { device_token: string }> {
  const ada = await register(node.baseUrl)
  const { device_token: device } = ada
  if (device === undefined) throw new Error('no device token')
  return { ...ada, device_token: device }
}

/** The number of passwords that were compared. Each wrong one is counted in an event. */
export async function checked({ database }: Pick<Node, 'database'>, userId: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    `SELECT sum(count) AS count FROM audit_events WHERE type = 'login_failed' AND subject_id = $1`,
    [userId],
  )
  return Number(rows[0]?.count)
}

/** Counts the statuses. */
export const tally = (answers: readonly { status: number }[]): Record<number, number> => {
  const byStatus = Map.groupBy(answers, ({ status }) => status)
  return Object.fromEntries([...byStatus].map(([status, alike]) => [status, alike.length]))
}

/** The headers that the limits set. */
export const limitHeaders = ({ headers }: { headers: Headers }) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('ratelimit') || name === 'retry-after'))

export { call, password }
