/** Reads the mails in the outbox and the events of the audit log for tests of passwords. */

import { createOutbox } from '../../src/mail/outbox.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { call, password } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'

type At = Pick<Node, 'database' | 'config'>

/** The mails about a user's password, the oldest first. */
export async function mailsOf({ database, config }: At, userId: string) {
  const outbox = createOutbox({ secrets: newestInForce(config.secrets ?? []) })
  const sql = `SELECT kind, sealed FROM mails
    WHERE user_id = $1 AND kind IN ('password_reset', 'password_changed') ORDER BY created_at`
  const { rows } = await database.pool.query(sql, [userId])
  const opened = await Promise.all(rows.map((row) => outbox.open(row)))
  return opened.map((mail) => mail ?? fail('a mail cannot be opened'))
}

const fail = (message: string): never => {
  throw new Error(message)
}

export const tokenIn = ({ text }: { text: string }): string =>
  /\/reset-password#token=([\w-]{43})(?!\S)/.exec(text)?.[1] ?? fail('no token in the mail')

/** The audited events of a user, the oldest first. */
export async function auditOf({ database }: At, subjectId: string) {
  const sql = 'SELECT type, actor_id, session_id, ip, detail FROM audit_events WHERE subject_id = $1 ORDER BY id'
  return (await database.pool.query(sql, [subjectId])).rows
}

/** Asks for a mail with a link. Resolves when the mail is in the outbox, which is after the answer. */
export async function forgot({ baseUrl, app }: Pick<Node, 'baseUrl' | 'app'>, email: string) {
  const answer = await call(`${baseUrl}/auth/password/forgot`, { body: { email } })
  await app.afterAnswers()
  return answer
}

export const reset = ({ baseUrl }: Pick<Node, 'baseUrl'>, token: unknown, next: unknown = newPassword) =>
  call(`${baseUrl}/auth/password/reset`, { body: { token, password: next } })

export const login = ({ baseUrl }: Pick<Node, 'baseUrl'>, email: string, given = password) =>
  call(`${baseUrl}/auth/login`, { body: { email, password: given } })

export const newPassword = 'quite another sentence'

/** Asks for a reset, as if the last one were long ago, and returns the token of the newest mail. */
export async function newResetToken(node: Node, user: { id: string; email: string }): Promise<string> {
  await age(node, user.id, 61)
  await forgot(node, user.email)
  const mails = (await mailsOf(node, user.id)).filter(({ kind }) => kind === 'password_reset')
  return tokenIn(mails.at(-1) ?? fail('no mail'))
}

/** Makes the one-time tokens of a user older. */
export async function age({ database }: At, userId: string, seconds: number): Promise<void> {
  const sql = `UPDATE one_time_tokens SET created_at = created_at - $2 * interval '1 second',
    expires_at = expires_at - $2 * interval '1 second' WHERE user_id = $1`
  await database.pool.query(sql, [userId, seconds])
}
