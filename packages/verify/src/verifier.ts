/** Verifies Countersign's access tokens in another service: the signature, and the revocations if it follows the feed. */

import { createMonotonicClock } from '../../../src/clock/monotonic-clock.ts'
import { AppError } from '../../../src/errors.ts'
import { createRequireNotRevoked } from '../../../src/guard/require-not-revoked.ts'
import { createRequireStepUp } from '../../../src/guard/require-step-up.ts'
import { createTokenSignals } from '../../../src/guard/signal-for.ts'
import { maxTokenBytes } from '../../../src/tokens/claims.ts'
import type { Principal } from '../../../src/tokens/principal.ts'
import { type RefusalText, TokenRefusal } from '../../../src/tokens/refusal.ts'
import { createTokenCache } from '../../../src/tokens/token-cache.ts'
import { createVerifyAccessToken } from '../../../src/tokens/verify-access-token.ts'
import type { CreateVerifier, VerifyOptions } from './contract.ts'
import { followFeed } from './follow-feed.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { readFeedWithin } from './read-feed-within.ts'
import type { Signatures } from './signatures.ts'
import { readOptions } from './verifier-options.ts'

/** The reason of a refusal. It leaves the cause out, because a parser quotes the text that it could not read. */
function refusalOf(error: unknown): RefusalText | undefined {
  if (!(error instanceof AppError)) return undefined
  if (error.cause instanceof TokenRefusal) return error.cause.message as RefusalText
  if (error.code === 'reauthentication_required') return 'the login is too old'
  if (error.code === 'second_factor_required') return 'the login has one factor'
  return error.code === 'not_ready' ? 'the revocations are too old' : undefined
}

const notReady = (text: RefusalText) =>
  new AppError('not_ready', { retryAfterSeconds: 1, cause: new TokenRefusal(text) })

type Runtime = {
  signatures: Signatures
  /** Milliseconds since a fixed moment. */
  elapsed?: () => number
}

/** Returns `createVerifier` for a runtime. */
export const createVerifierWith = ({ signatures, elapsed = () => performance.now() }: Runtime): CreateVerifier =>
  function createVerifier(options) {
    const { issuer, url, audience, follow, toleranceSeconds, tokenCacheEntries, background, onError } =
      readOptions(options)
    const clock = createMonotonicClock(options.clock ?? Date.now)
    const keys = createIssuerKeys({ issuer, url, signatures, background, elapsed, onError })
    const read = background ? followFeed : readFeedWithin
    const feed = { issuer, keys, signatures, clock, toleranceSeconds, elapsed, onError }
    const revocations = follow && read({ ...feed, credential: follow })
    const expected = { issuer, audience }
    const tokenCache = createTokenCache({
      verifyAccessToken: createVerifyAccessToken({
        ...expected,
        signatureChecks: keys.tokens,
        clock,
        toleranceSeconds,
      }),
      keySet: keys.tokens.keySet,
      clock,
      maxEntries: tokenCacheEntries,
      toleranceSeconds,
    })
    const requireKnown = revocations && createRequireNotRevoked({ revocations, stale: follow.stale ?? 'open' })
    const requireNotRevoked = (principal: Principal) => {
      if (!revocations || !requireKnown) return
      if (!revocations.isLoaded()) throw notReady('the revocations are not loaded yet')
      requireKnown(principal)
    }
    const onRevoked = revocations?.onRevoked ?? (() => () => {})
    const signals = createTokenSignals({ requireNotRevoked, onRevoked, clock })
    const requireStepUp = createRequireStepUp(clock)
    if (background) void keys.prepare('')

    async function requireValid(token: string, { check = 'revocation', ...stepUp }: VerifyOptions) {
      const header = token.slice(0, token.indexOf('.'))
      const loading = keys.prepare(header)
      if (loading) await loading
      if (!keys.isReady()) throw notReady('the keys are not loaded yet')
      if (check !== 'signature') await revocations?.prepare()
      const verifySignature = token.length > maxTokenBytes ? undefined : keys.tokens.get(header)?.payloadOf
      const principal = await signatures.open(token, verifySignature, () => tokenCache.verify(token))
      if (check !== 'signature') requireNotRevoked(principal)
      requireStepUp(principal, stepUp)
      return principal
    }

    return {
      async verify(token, how = {}) {
        try {
          return await requireValid(token, how)
        } catch (error) {
          const text = refusalOf(error)
          if (text !== undefined) onError(new TokenRefusal(text))
          throw error
        }
      },

      signalFor: signals.signalFor,

      isReady: () => keys.isReady() && (revocations?.isLoaded() ?? true),

      revocations: () => revocations && { ageMs: revocations.ageMs(), size: revocations.size() },

      async close() {
        signals.close()
        await Promise.all([keys.stop(), revocations?.stop()])
      },
    }
  }
