/**
 * Calls to the auth server in cookie mode. The browser keeps both tokens in cookies that no script can read: there is
 * nothing here to store, to attach or to leak.
 */
/// <reference lib="dom" />
const apiUrl = document.querySelector<HTMLMetaElement>('meta[name=api-url]')?.content ?? ''

/** What the server said went wrong (RFC 9457). `code` is for programs, the message for people. */
export class Problem extends Error {
  readonly code: string

  constructor({ code, detail, errors = [] }: { code: string; detail: string; errors?: { message: string }[] }) {
    super([detail, ...errors.map(({ message }) => message)].join(' '))
    this.code = code
  }
}

/** One call. Where the access token has expired, the session is refreshed and the call made once more. */
export async function call<T = void>(method: string, path: string, body?: object): Promise<T> {
  const renewedBefore = renewed
  try {
    return await send<T>(method, path, body)
  } catch (error) {
    if (!isExpired(error)) throw error
    // While the call was on its way, another may have had the session refreshed.
    if (renewed === renewedBefore) await refresh()
    return send<T>(method, path, body)
  }
}

/** Whether the person has to log in: the session has ended, or there never was one. */
export const isLoggedOut = (error: unknown) => error instanceof Problem && error.code === 'invalid_refresh_token'

// An expired cookie is one that the browser no longer sends. A wrong password is a 401 too, but has a code of its own.
const isExpired = (error: unknown) =>
  error instanceof Problem && ['authentication_required', 'invalid_token'].includes(error.code)

let refreshing: Promise<void> | undefined
let renewed = 0

/** However many calls find the token expired, one refresh is under way. Two tabs may do it at once: the server allows it. */
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
    // Offline, or CORS: the browser does not tell a script which.
    throw new Error(`No answer from ${apiUrl}. Is it running, and is ${location.origin} among its SPA_ORIGINS?`)
  })
  if (response.status === 204) return undefined as T
  const answer = await response.json()
  if (!response.ok) throw new Problem(answer)
  return answer
}
