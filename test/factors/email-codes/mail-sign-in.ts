/** Signs in by mail, as an app does. */
import { call } from '../../setup/client.ts'
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
