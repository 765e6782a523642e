/**
 * Signals for connections that stay open, such as websockets and server-sent events. `authenticate` checks a token once, when the connection
 * begins. The signal tells when the token ends.
 */
import { AppError } from '../errors.ts'
import type { OnAdd } from '../revocations/denylist.ts'
import type { Principal } from '../tokens/principal.ts'
import { TokenRefusal } from '../tokens/refusal.ts'

/** A websocket, `reply.raw`, or anything else that tells when it is closed. */
type Connection = { once(event: 'close', listener: () => void): unknown }

/**
 * Returns a signal that aborts when the access token of the principal ends. Its `reason` is an Error with a `code`:
 * - `token_revoked`, as soon as the denylist has the revocation, whatever `check` the route has;
 * - `token_expired`, up to a second after `exp`;
 * - `not_ready` if the denylist is stale and the operator chose to refuse tokens then, or when the app stops.
 *
 * If the token has ended already, the signal has aborted when it is returned, and fires no event. So listen with `addAbortListener` of
 * node:events, which calls its listener then too.
 *
 * The signal is kept in memory until it aborts, or until `connection` closes. Pass the websocket or `reply.raw`.
 */
export type SignalFor = (principal: Principal, connection?: Connection) => AbortSignal

type Dependencies = {
  /** Throws if the token of the principal is revoked, or if the denylist is too old to tell. */
  requireNotRevoked: (principal: Principal) => void
  /** Calls the listener after each revocation, until the function that it returns is called. */
  onRevoked: (listener: OnAdd) => () => void
  /** Milliseconds since 1970. */
  clock: () => number
}
type Watched = { readonly principal: Principal; readonly controller: AbortController }

// One timer serves all signals. Most of them live for minutes, so a timer for each would do little work and take memory.
const lookEveryMs = 1000

export type TokenSignals = {
  readonly signalFor: SignalFor
  /** Aborts every signal, because nothing would abort it later. Signals that are made afterwards have aborted. */
  readonly close: () => void
}

export function createTokenSignals({ requireNotRevoked, onRevoked, clock }: Dependencies): TokenSignals {
  const byUser = new Map<string, Set<Watched>>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** Throws if the token has ended. */
  const requireLive = (principal: Principal): void => {
    if (isClosed) throw new AppError('not_ready')
    if (principal.expiresAt * 1000 <= clock())
      throw new AppError('token_expired', { cause: new TokenRefusal('expired') })
    requireNotRevoked(principal)
  }

  const forget = (watched: Watched): void => {
    const { userId } = watched.principal
    const ofUser = byUser.get(userId)
    if (!ofUser?.delete(watched) || ofUser.size > 0) return
    byUser.delete(userId)
    if (byUser.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  const look = (watched: Watched): void => {
    try {
      requireLive(watched.principal)
    } catch (reason) {
      forget(watched)
      watched.controller.abort(reason)
    }
  }
  const lookAtAll = (): void => {
    for (const ofUser of byUser.values()) for (const watched of ofUser) look(watched)
  }
  const startTimer = () => {
    const started = setInterval(lookAtAll, lookEveryMs)
    // In the runtimes of workers a timer is a number, and keeps nothing alive.
    if (typeof started === 'object') started.unref()
    return started
  }
  const stopListening = onRevoked((userId) => {
    if (userId === undefined) lookAtAll()
    else for (const watched of byUser.get(userId) ?? []) look(watched)
  })

  return {
    signalFor(principal, connection) {
      const watched = { principal, controller: new AbortController() }
      const ofUser = byUser.get(principal.userId) ?? new Set<Watched>()
      byUser.set(principal.userId, ofUser.add(watched))
      timer ??= startTimer()
      connection?.once('close', () => forget(watched))
      // The token may have been revoked since the request was let through.
      look(watched)
      return watched.controller.signal
    },

    close() {
      isClosed = true
      stopListening()
      lookAtAll()
    },
  }
}
