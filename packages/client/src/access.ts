/** Lets requests go with an access token that works. */
import type { Mode } from './contract.ts'
import { ApiError } from './errors.ts'
import type { Sessions } from './refresh.ts'
import type { Held, SessionStore } from './session-store.ts'

type Dependencies = { mode: Mode; store: SessionStore; sessions: Sessions; ready: () => Promise<void> }

export type Access = {
  /** The session with an access token that is valid for some seconds, or null without a session. Rejects if it cannot be refreshed. */
  current(): Promise<Held | null>
  /**
   * Runs the work with the session. If `refusalOf` says that the access token has expired or was revoked, refreshes the session and runs the
   * work once more, unless the session has ended.
   */
  withAccess<T>(
    work: (held: Held | null) => Promise<T>,
    refusalOf: (result: T) => Promise<string | undefined>,
  ): Promise<T>
  /** The server has revoked the access token, and the session goes on. The next request refreshes it first. */
  expire(): void
}

// The request must arrive before the token expires.
const earlyMs = 10_000
const earlyShare = 0.1

export function createAccess({ mode, store, sessions, ready }: Dependencies): Access {
  async function current(): Promise<Held | null> {
    await ready()
    const held = store.held()
    if (!held) return null
    const early = Math.min(earlyMs, held.record.lifetimeMs * earlyShare)
    if (performance.now() < held.validUntil - early) return held
    try {
      await sessions.refresh(held.record)
    } catch (error) {
      if (performance.now() >= held.validUntil) throw error
    }
    return store.held()
  }

  // The browser does not send an expired cookie, so in cookie mode the server sees no token at all.
  const saysExpired = (code: string | undefined) =>
    code === 'token_expired' || (mode === 'cookie' && code === 'authentication_required')

  return {
    current,

    expire() {
      const held = store.held()
      if (held) store.expire(held)
    },

    async withAccess(work, refusalOf) {
      const used = await current()
      const result = await work(used)
      if (!used) return result
      const code = await refusalOf(result)
      if (saysExpired(code)) {
        await sessions.refresh(used.record)
        const held = store.held()
        return held ? work(held) : result
      }
      // The session may have ended. Or it goes on, and only its access token was revoked: the roles or the factors of the user changed, or a
      // key was revoked. The refresh finds out.
      if (code === 'token_revoked' || code === 'invalid_token') {
        store.expire(used)
        const goesOn = await sessions.refresh(used.record).then(
          () => true,
          () => false,
        )
        const held = store.held()
        if (goesOn && held) return work(held)
      }
      return result
    },
  }
}

/** The code of a refused request to the server, or undefined. */
export const refusalOfError = async ({ error }: { error?: unknown }): Promise<string | undefined> =>
  error instanceof ApiError && error.status === 401 ? error.code : undefined
