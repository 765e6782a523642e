/** Asks for mails with codes, and uses them. */
import { type Answer, call, password } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { codeTo, linkTo } from '../setup/read-mails.ts'

type Json = Record<string, unknown>
export type Asked = { readonly verification_id: string; readonly code: string; readonly token: string }

/** Sends a request that may cause a mail. Resolves with its verification_id once the mail is in the outbox. */
export async function ask(node: Node, path: string, body: object, token?: string): Promise<string> {
  const answer = await call(`${node.baseUrl}/auth/${path}`, { body, ...(token === undefined ? {} : { token }) })
  await node.app.afterAnswers()
  const id = answer.body['verification_id']
  if (typeof id !== 'string') throw new Error(`${path} answered ${answer.status} without a verification_id`)
  return id
}

/** Sends such a request about an address that gets a mail. */
export async function askFor(node: Node, path: string, email: string, body: object, token?: string): Promise<Asked> {
  const id = await ask(node, path, body, token)
  return { verification_id: id, code: await codeTo(node, email), token: await linkTo(node, email) }
}

/** Registers a user, and returns the link and the code of the mail. */
export const askByRegister = (node: Node, email: string): Promise<Asked> =>
  askFor(node, 'register', email, { email, password })

/** Another code than this one. `i` makes several. */
export const wrong = (code: string, i = 1): string => String((Number(code) + i) % 1_000_000).padStart(6, '0')

export const verify = (node: Pick<Node, 'baseUrl'>, body: object): Promise<Answer<Json>> =>
  call(`${node.baseUrl}/auth/email/verify`, { body })

/** Sends wrong codes one after the other, and returns what the answers say. */
export async function guessCodes(
  node: Pick<Node, 'baseUrl'>,
  { verification_id, code }: Omit<Asked, 'token'>,
  times: number,
) {
  const answers: unknown[] = []
  for (let i = 1; i <= times; i++) {
    answers.push((await verify(node, { verification_id, code: wrong(code, i) })).body['code'])
  }
  return answers
}
