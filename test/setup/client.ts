/** A client as an app would write it: fetch, JSON in, JSON out. */
import type { TokenPair } from '../../src/sessions/token-pair.ts'

export type Answer<Body> = { status: number; headers: Headers; body: Body }
// Answers differ by route; a test that expects a shape says so where it reads one.
type Json = Record<string, unknown>

export const password = 'correct horse battery staple'

/** One request; a body makes it a POST. */
export async function call<Body = Json>(
  address: string,
  { method, body, token }: { method?: string; body?: unknown; token?: string } = {},
): Promise<Answer<Body>> {
  const response = await fetch(address, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? ({} as Body) : JSON.parse(text) }
}

let people = 0

/** A new person, logged in. */
export async function register(baseUrl: string, email = `person-${++people}@example.com`): Promise<TokenPair> {
  const { status, body } = await call<TokenPair>(`${baseUrl}/auth/register`, { body: { email, password } })
  if (status !== 201) throw new Error(`register answered ${status}: ${JSON.stringify(body)}`)
  return body
}

export const refresh = (baseUrl: string, refreshToken: string) =>
  call<TokenPair & { code?: string }>(`${baseUrl}/auth/refresh`, { body: { refresh_token: refreshToken } })

export const whoami = (baseUrl: string, token: string) => call(`${baseUrl}/auth/whoami`, { token })

/** A request's origin, where there is no request. */
export const nowhere = { ip: '192.0.2.1', userAgent: undefined, requestId: 'test' }
