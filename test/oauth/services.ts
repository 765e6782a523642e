/** What a service and a standard OAuth client send: forms, and HTTP Basic. */
import type { Test } from 'tap'
import type { Answer } from '../setup/client.ts'
import { type Node, startNode } from '../setup/node.ts'

// Characters that a form writes otherwise, and the one that ends an id.
export const billing = { id: 'billing', secret: 'b+%2B/=:&"\\~_that_is_long_enough' }
export const reports = { id: 'Reports_2-x', secret: 'r'.repeat(256) }
const both = [billing, reports].map(({ id, secret }) => `${id}:${secret}`).join(', ')

/** A node that knows both services. */
export const startOauthNode = (t: Pick<Test, 'teardown'>, options: NonNullable<Parameters<typeof startNode>[1]> = {}) =>
  startNode(t, { ...options, env: { SERVICE_CREDENTIALS: both, ...options.env } })

export const basic = (pair: string | Uint8Array) => `Basic ${Buffer.from(pair).toString('base64')}`
/** RFC 7617: as curl sends it. */
export const rawBasic = ({ id, secret }: typeof billing) => basic(`${id}:${secret}`)
/** RFC 6749 §2.3.1: as OAuth clients send it. */
export const formBasic = ({ id, secret }: typeof billing) =>
  basic([id, secret].map((part) => new URLSearchParams([['', part]]).toString().slice(1)).join(':'))

type Form = Record<string, string> | string | Uint8Array<ArrayBuffer>

/** Posts a form; text and bytes go as they are. */
export async function post(
  address: string,
  form: Form,
  headers: Record<string, string> = {},
): Promise<Answer<Record<string, unknown>> & { text: string }> {
  const body = typeof form === 'string' || form instanceof Uint8Array ? form : new URLSearchParams(form).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const response = await fetch(address, { method: 'POST', headers: { ...type, ...headers }, body })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) }
}

export const revoke = ({ baseUrl }: Pick<Node, 'baseUrl'>, token: string, more: Record<string, string> = {}) =>
  post(`${baseUrl}/oauth/revoke`, { token, ...more })

/** What the introspection endpoint says of a token to a service. */
export async function introspect(node: Pick<Node, 'baseUrl'>, token: string, more: Record<string, string> = {}) {
  const answer = await post(
    `${node.baseUrl}/oauth/introspect`,
    { token, ...more },
    { authorization: rawBasic(billing) },
  )
  if (answer.status !== 200) throw new Error(`introspection answered ${answer.status}: ${answer.text}`)
  return answer.body
}
