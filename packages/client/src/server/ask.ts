/** Asks the server about the session of cookies, and refreshes it. */
import type { CookieSession, SessionSignedIn } from '../api/types.ts'
import { isEnded, NetworkError } from '../errors.ts'
import { retry } from '../retry.ts'
import { readAnswer } from '../send.ts'
import type { ServerSession } from './contract.ts'

/** A request of a browser, as far as the server shall know it. */
export type Asking = { cookie: string; userAgent: string | undefined; address: string | undefined; signal: AbortSignal }

export type Told = {
  /** Undefined if the access token works no more. Then a refresh tells whether there is a session. */
  readonly session: ServerSession | null | undefined
  readonly setCookies: readonly string[]
}

/** Both calls reject with NetworkError if no answer comes, and with ApiError if the answer says nothing about the session. */
export type Ask = {
  readonly status: (asking: Asking) => Promise<Told>
  readonly refresh: (asking: Asking) => Promise<Told>
}

type Status = SessionSignedIn | { status: 'refresh_required' | 'signed_out' }

const attempts = 3

export function createAsk({ url, fetch }: { url: string; fetch: typeof globalThis.fetch }): Ask {
  async function send(method: 'GET' | 'POST', path: string, { cookie, userAgent, address, signal }: Asking) {
    const headers = new Headers({ Cookie: cookie, 'X-Auth-Mode': 'cookie' })
    if (method === 'POST') headers.set('Content-Type', 'application/json')
    if (userAgent) headers.set('User-Agent', userAgent)
    if (address) headers.set('X-Forwarded-For', address)
    let response: Response
    let text: string
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers,
        cache: 'no-store',
        signal,
        ...(method === 'POST' && { body: '{}' }),
      })
      text = await response.text()
    } catch (cause) {
      throw new NetworkError(`No answer from ${url}.`, { cause })
    }
    const setCookies = response.headers.getSetCookie()
    try {
      return { answer: readAnswer(response, text), setCookies }
    } catch (error) {
      if (isEnded(error)) return { answer: null, setCookies }
      throw error
    }
  }

  return {
    async status(asking) {
      const { answer, setCookies } = await retry({ attempts }, () => send('GET', '/auth/session', asking))
      const status = answer as Status
      if (status.status !== 'signed_in')
        return { session: status.status === 'signed_out' ? null : undefined, setCookies }
      const { principal, user } = status
      return { session: { userId: principal.sub, sessionId: principal.sid, roles: principal.roles, user }, setCookies }
    },

    async refresh(asking) {
      const { answer, setCookies } = await retry({ attempts }, () => send('POST', '/auth/refresh', asking))
      if (!answer) return { session: null, setCookies }
      const { user, session_id: sessionId } = answer as CookieSession
      return { session: { userId: user.id, sessionId, roles: user.roles, user }, setCookies }
    },
  }
}
