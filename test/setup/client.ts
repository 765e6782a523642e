/** A client as an app would write it, with fetch and JSON. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenPair } from '../../src/sessions/token-pair.ts'

export type Answer<Body> = { status: number; headers: Headers; body: Body }
// Responses differ by route. A test gives the type that it expects.
type Json = Record<string, unknown>

/** The tokens of a user who registered or logged in with an email. */
export type Registered = TokenPair & { user: { email: string } }

export const password = 'correct horse battery staple'

/** Sends one request. With a body it is a POST by default. */
export async function call<Body = Json>(
  address: string,
  { method, body, token, from }: { method?: string; body?: unknown; token?: string; from?: string } = {},
): Promise<Answer<Body>> {
  const response = await fetch(address, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // The address of the client, for a server that trusts this machine as a proxy.
      ...(from === undefined ? {} : { 'x-forwarded-for': from }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? ({} as Body) : JSON.parse(text) }
}

let users = 0

/** Registers a user, who is then logged in. */
export async function register(baseUrl: string, email?: string): Promise<Registered> {
  let isRepeated = false
  // A request that was answered 503 may still have opened the account. So a repetition takes another name if it may, or else logs in.
  const name = () => email ?? `person-${++users}@example.com`
  const send = (route: string) => call<Registered>(`${baseUrl}/auth/${route}`, { body: { email: name(), password } })
  const { status, body } = await untilServed(async () => {
    const answer = await send('register')
    if (isRepeated && answer.status === 409) return send('login')
    isRepeated = true
    return answer
  })
  if (status !== 201 && status !== 200) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`)
  return body
}

export const refresh = (baseUrl: string, refreshToken: string) =>
  call<Registered & { code?: string }>(`${baseUrl}/auth/refresh`, { body: { refresh_token: refreshToken } })

/** Repeats a request while the answer is 503, as a client does. A busy machine may be late with the database. */
export async function untilServed<A extends { status: number }>(request: () => Promise<A>): Promise<A> {
  let answer = await request()
  for (let i = 0; answer.status === 503 && i < 100; i++) {
    await sleep(100)
    answer = await request()
  }
  return answer
}

export const whoami = (baseUrl: string, token: string) => call(`${baseUrl}/auth/whoami`, { token })

/** The origin of a request in the audit log, for calls without a request. */
export const nowhere = { ip: '192.0.2.1', userAgent: undefined, requestId: 'test' }
