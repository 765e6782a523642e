/**
 * Whether this node should get traffic, and if not, why. The log says each reason once when it begins and once when it is over, also if
 * nobody asks `/readyz`.
 */
import type { FastifyBaseLogger } from 'fastify'
import { errorCode } from '../database/error-code.ts'
import { readOnlyCode } from '../database/writable.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether this node should get traffic. The composition root sets it. */
    readonly readiness: Readiness
  }
}

// A node whose denylist is older than this is not ready.
const staleAfterMs = 10_000
// Nodes refuse each other's tokens if their clocks differ by more than this.
const mostSkewMs = 5000
const lookEveryMs = 1000

/** What keeps a node from being ready. */
export type ReasonName = 'stopping' | 'database' | 'revocations' | 'keys' | 'clock'
/** A reason, and a phrase about it for an operator. */
export type Reason = { readonly reason: ReasonName; readonly text: string }

export type State = {
  readonly isStopping: () => boolean
  /** Rejects if the database does not answer, or only reads. */
  readonly database: () => Promise<unknown>
  /** The time since this node last had all revocations, in milliseconds. */
  readonly revocationsAgeMs: () => number
  /** Whether this node has the current signing keys. */
  readonly keysAreCurrent: () => boolean
  /** The offset of this machine's clock from the database's, in milliseconds. */
  readonly clockSkewMs: () => number
}

type Dependencies = State & { readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'> }

export type Readiness = {
  /** Why this node is not ready, with the error of the database if it does not answer. A node that is stopping asks it nothing. */
  readonly check: () => Promise<{ reasons: readonly Reason[]; cause?: unknown }>
  /** Looks at all but the database, and tells the log what changed. */
  readonly look: () => readonly Reason[]
  readonly stop: () => void
}

export function createReadiness(dependencies: Dependencies): Readiness {
  const { isStopping, database, revocationsAgeMs, keysAreCurrent, clockSkewMs, log } = dependencies
  const begun = new Set<ReasonName>()

  const phrases: Record<Exclude<ReasonName, 'database'>, () => string | false> = {
    stopping: () => isStopping() && 'it is stopping',
    revocations: () =>
      revocationsAgeMs() > staleAfterMs && 'it could not read the newest revocations for more than ten seconds',
    keys: () => !keysAreCurrent() && 'it could not read the signing keys, or none of its secrets opens them',
    clock: () =>
      clockSkewMs() > mostSkewMs &&
      `the clock of this machine is off the clock of the database by ${Math.round(clockSkewMs() / 1000)} seconds`,
  }

  function tell(reason: ReasonName, text: string | false): Reason[] {
    if (text === false) {
      if (begun.delete(reason)) log.info({ reason }, 'a reason why this node was not ready is over')
      return []
    }
    if (!begun.has(reason)) log.warn({ reason }, `this node is not ready: ${text}`)
    begun.add(reason)
    return [{ reason, text }]
  }

  const look = () =>
    (['stopping', 'revocations', 'keys', 'clock'] as const).flatMap((reason) => tell(reason, phrases[reason]()))

  const timer = setInterval(look, lookEveryMs).unref()

  return {
    look,

    async check() {
      if (isStopping()) return { reasons: look() }
      const answer = await database().then(
        () => ({}),
        (cause: unknown) => ({ cause }),
      )
      const isReadOnly = 'cause' in answer && errorCode(answer.cause) === readOnlyCode
      const text = isReadOnly ? 'the database only reads: it may be a standby' : 'the database does not answer'
      const away = tell('database', 'cause' in answer && text)
      return { reasons: [...away, ...look()], ...answer }
    },

    stop: () => clearInterval(timer),
  }
}
