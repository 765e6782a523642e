/**
 * The sign-in that the requests of the reference page carry. In bearer mode the tokens are in the memory of the page, and nowhere else.
 * In cookie mode the browser keeps them, and no script can read them.
 */
/// <reference lib="dom" />

export type Mode = 'bearer' | 'cookie'
type Body = Record<string, unknown>
type Answer = { status: number; body: Body }

/** A new access token is fetched when the old one has less than this left. */
const spareMs = 5000

export type Session = {
  readonly mode: Mode
  readonly signedIn: boolean
  readonly accessToken: string | undefined
  readonly refreshToken: string | undefined
  /** The session is over. The mode is that of the next one. */
  readonly reset: (mode: Mode) => void
  /** Sends a request in the mode of the session, and keeps the tokens of its answer. */
  readonly send: (method: string, path: string, body?: Body) => Promise<Answer>
  /** Takes the tokens of an answer to a request that the page sent otherwise. */
  readonly adopt: (path: string, answer: Answer) => void
  /** Refreshes the session if its access token is about to expire. */
  readonly freshen: () => Promise<void>
  readonly refresh: () => Promise<Answer>
}

const text = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** A session at the server with this address, which ends in a slash. `changed` is called after each change. */
export function createSession(server: string, changed: () => void): Session {
  let mode: Mode = 'bearer'
  let signedIn = false
  let tokens: { access?: string | undefined; refresh?: string | undefined } = {}
  let expiresAt = Number.POSITIVE_INFINITY
  let refreshing: Promise<Answer> | undefined

  const reset = (next: Mode) => {
    mode = next
    signedIn = false
    tokens = {}
    changed()
  }

  const adopt = (path: string, { status, body }: Answer) => {
    const ended = (path === 'auth/logout' && status < 300) || (path === 'auth/refresh' && status === 401)
    if (ended) return reset(mode)
    const access = text(body['access_token'])
    const begins = status < 300 && body['mode'] === mode && typeof body['expires_in'] === 'number'
    if (!path.startsWith('auth/') || !begins) return undefined
    signedIn = true
    expiresAt = Date.now() + Number(body['expires_in']) * 1000
    tokens = { access, refresh: text(body['refresh_token']) ?? tokens.refresh }
    return changed()
  }

  const send: Session['send'] = async (method, path, body) => {
    const response = await fetch(server + path, {
      method,
      credentials: mode === 'cookie' ? 'same-origin' : 'omit',
      headers: {
        'X-Auth-Mode': mode,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(mode === 'bearer' && tokens.access ? { Authorization: `Bearer ${tokens.access}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const received = await response.text()
    const answer = { status: response.status, body: received === '' ? {} : (JSON.parse(received) as Body) }
    adopt(path, answer)
    return answer
  }

  const refresh = () => {
    refreshing ??= send('POST', 'auth/refresh', mode === 'bearer' ? { refresh_token: tokens.refresh } : {}).finally(
      () => {
        refreshing = undefined
      },
    )
    return refreshing
  }

  return {
    get mode() {
      return mode
    },
    get signedIn() {
      return signedIn
    },
    get accessToken() {
      return tokens.access
    },
    get refreshToken() {
      return tokens.refresh
    },
    reset,
    send,
    adopt,
    async freshen() {
      if (signedIn && Date.now() > expiresAt - spareMs) await refresh()
    },
    refresh,
  }
}
