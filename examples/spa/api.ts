/**
 * Calls the auth server in cookie mode. The browser keeps both tokens in cookies that no script can read, so this code
 * neither stores nor sends tokens, and cannot leak them.
 */
/// <reference lib="dom" />
const apiUrl = document.querySelector<HTMLMetaElement>('meta[name=api-url]')?.content ?? ''

/** An error of the server (RFC 9457). `code` is for programs, the message for users. */
export class Problem extends Error {
  readonly code: string

  constructor({ code, detail, errors = [] }: { code: string; detail: string; errors?: { message: string }[] }) {
    super([detail, ...errors.map(({ message }) => message)].join(' '))
    this.code = code
  }
}

/** Sends one request. If the access token has expired, it refreshes the session and repeats the request once. */
export async function call<T = void>(method: string, path: string, body?: object): Promise<T> {
  const renewedBefore = renewed
  try {
    return await send<T>(method, path, body)
  } catch (error) {
    if (!isExpired(error)) throw error
    // Another call may have refreshed the session meanwhile.
    if (renewed === renewedBefore) await refresh()
    return send<T>(method, path, body)
  }
}

/** Whether the user has to log in, because there is no active session. */
export const isLoggedOut = (error: unknown) => error instanceof Problem && error.code === 'invalid_refresh_token'

// The browser does not send an expired cookie. A wrong password is a 401 too, but has another code.
const isExpired = (error: unknown) =>
  error instanceof Problem &&
  ['authentication_required', 'invalid_token', 'token_expired', 'token_revoked'].includes(error.code)

let refreshing: Promise<void> | undefined
let renewed = 0

/** All calls of a tab share one refresh. Two tabs may refresh at once, which the server allows. */
function refresh(): Promise<void> {
  refreshing ??= send('POST', '/auth/refresh')
    .then(() => void renewed++)
    .finally(() => (refreshing = undefined))
  return refreshing
}

async function send<T = void>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    credentials: 'include', // the cookies, although the server is another origin
    headers: {
      ...(method !== 'GET' && { 'X-Auth-Mode': 'cookie' }), // what no other site can make a browser send
      ...(body && { 'Content-Type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch(() => {
    // The browser is offline, or CORS refused the request. A script cannot tell which.
    throw new Error(`No answer from ${apiUrl}. Is it running, and is ${location.origin} among its SPA_ORIGINS?`)
  })
  if (response.status === 204) return undefined as T
  const answer = await response.json()
  if (!response.ok) throw new Problem(answer)
  return answer
}
