/** Signs in by mail, as an app does. */
import { call, register } from '../../setup/client.ts'
import type { Node } from '../../setup/node.ts'
import { codeTo, linkTo } from '../../setup/read-mails.ts'

export type Begun = { readonly attempt: string; readonly number: string }
export type Mailed = Begun & { readonly code: string; readonly token: string }

/** Asks for a mail. Resolves once it is in the outbox. */
export async function begin(node: Pick<Node, 'baseUrl' | 'app'>, email: string, body: object = {}): Promise<Begun> {
  const answer = await call<Begun>(`${node.baseUrl}/auth/login/email`, { body: { email, ...body } })
  await node.app.afterAnswers()
  if (answer.status !== 202) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** The same for an email that gets a mail, with its code and the token of its link. */
export async function beginWithMail(node: Node, email: string): Promise<Mailed> {
  const begun = await begin(node, email)
  return { ...begun, code: await codeTo(node, email), token: await linkTo(node, email) }
}

type Json = Record<string, unknown>
type At = Pick<Node, 'baseUrl'>

export const inspect = ({ baseUrl }: At, token: string) =>
  call<Json>(`${baseUrl}/auth/login/email/inspect`, { body: { token } })

export const approve = ({ baseUrl }: At, token: string, number: string | undefined) =>
  call<Json>(`${baseUrl}/auth/login/email/approve`, { body: { token, number } })

/** Another number of two digits. `i` makes several. */
export const otherNumber = (number: string, i = 1): string => String(10 + ((Number(number) - 10 + (i % 89)) % 90))

const goOn = ({ baseUrl }: At, body: object) => call<Json>(`${baseUrl}/auth/login/factor`, { body })

export const byCode = (at: At, attempt: string, code: string) => goOn(at, { attempt, method: 'email_code', code })

export const byLink = (at: At, attempt: string, token?: string) => goOn(at, { attempt, method: 'email_link', token })

/** A user whose email is verified. */
export async function verifiedUser(node: Node, email?: string) {
  const registered = await register(node.baseUrl, email)
  const { user } = registered
  await node.database.pool.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [user.id])
  return { ...registered, email: user.email }
}
