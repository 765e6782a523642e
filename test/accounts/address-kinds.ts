/** Addresses of every kind that a stranger may ask about, and the requests that must not tell the kinds apart. */
import type { Test } from 'tap'
import { type Answer, call, password } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { linkTo } from '../setup/read-mails.ts'

type Ask = (email: string) => Promise<Answer<Record<string, unknown>>>

/** Two nodes, one on which addresses are verified first, and one on which sign-up is open; and a user of each kind. */
export async function prepareAddresses(t: Pick<Test, 'teardown'>, env: Record<string, string> = {}) {
  const node = await startNode(t, { env: { SIGNUP: 'verified', ...env } })
  /** On this node an account may be unverified, and a link is sent again. */
  const open = await startNode(t, { databaseUrl: node.databaseUrl, env })
  const post = (path: string, body: unknown, at = node) => call(`${at.baseUrl}/auth/${path}`, { body })
  const signUp = (email: string) => post('register', { email, password })

  const ids = new Map<string, string>()
  for (const name of ['verified', 'asking', 'disabled', 'unverified']) {
    const email = `${name}@example.com`
    await post('register', { email, password }, open)
    if (name !== 'unverified') await post('email/verify', { token: await linkTo(node, email) })
    const sql = `UPDATE users SET disabled_at = $2 WHERE email = $1 RETURNING id`
    const { rows } = await node.database.pool.query(sql, [email, name === 'disabled' ? new Date() : null])
    ids.set(name, rows[0].id)
  }
  await signUp('pending@example.com')

  return {
    node,
    signUp,
    logInWrongly: (email: string) => post('login', { email, password: 'not the password' }),
    forgot: (email: string) => post('password/forgot', { email }),
    signInByMail: (email: string) => post('login/email', { email }),
    resend: (email: string) => post('email/resend', { email }, open),
    idOf: (name: string) => ids.get(name) ?? '',
  }
}

/** Asks about an address of each kind. `prefix` begins the unknown addresses, so that no two tests ask about the same one. */
export const everyKind = (prefix: string, ask: Ask) => ({
  unknown: (turn: number) => ask(`${prefix}-${turn}@example.com`),
  known: () => ask('verified@example.com'),
  unverified: () => ask('unverified@example.com'),
  disabled: () => ask('disabled@example.com'),
  pending: () => ask('pending@example.com'),
})
