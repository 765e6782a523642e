/** Verifies Countersign's access tokens in another service: by signature, and where it follows the feed, by revocation. */

import { createMonotonicClock } from '../clock/monotonic-clock.ts'
import { isLocalOrigin } from '../config/localhost.ts'
import { isWebOrigin } from '../config/setting-rules.ts'
import { AppError } from '../errors.ts'
import { createRequireNotRevoked } from '../guard/require-not-revoked.ts'
import { createRequireRecent } from '../guard/require-recent.ts'
import { createTokenCache } from '../tokens/token-cache.ts'
import { createVerifyAccessToken, type Principal } from '../tokens/verify-access-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { createRemoteRevocations } from './remote-revocations.ts'

export type VerifierOptions = {
  /** The server's PUBLIC_URL: `iss` of its tokens, and where it is found. */
  issuer: string
  /** The server's AUDIENCE: `aud` of its tokens. Unset, the issuer. */
  audience?: string
  /** Where the server is reached, where that is not at `issuer`: inside a cluster, say. */
  url?: string
  /** Follow the server's revocations, with one of its SERVICE_CREDENTIALS. Unset, tokens live until they expire. */
  revocations?: {
    id: string
    secret: string
    /** `closed` refuses requests once revocations could not be learnt of for 30 seconds; `open`, the default, does not. */
    stale?: 'open' | 'closed'
  }
  /** Allows `http:` to a machine other than this one, where the network between is trusted. */
  allowHttp?: boolean
  /** Hears of what goes wrong in the background. */
  onError?: (error: Error) => void
  /** How many verified tokens are remembered, so that each is verified once; 20,000 where it is left out, 0 for none. */
  tokenCacheEntries?: number
  /** Milliseconds since 1970. */
  clock?: () => number
}

export type VerifyOptions = {
  /** `signature` looks at no revocations. */
  check?: 'signature' | 'revocation'
  /** How long ago the person may have proved who they are; any time, where it is left out. */
  maxAgeSeconds?: number | undefined
}

function requireOrigin(name: string, text: string, allowHttp: boolean): string {
  if (!isWebOrigin(text))
    throw new TypeError(`${name} must be an origin such as https://auth.example.com, with no path`)
  if (text.startsWith('https:') || isLocalOrigin(text) || allowHttp) return text
  throw new TypeError(`${name} must be https; allowHttp is for networks that are trusted`)
}

/**
 * Begins at once to load the keys, and the revocations where asked to; does not wait for them. Throws TypeError for options
 * that cannot be meant.
 */
export function createVerifier(options: VerifierOptions) {
  const { audience = options.issuer, allowHttp = false, onError = () => {}, revocations: follow } = options
  const { tokenCacheEntries = 20_000 } = options
  if (!Number.isInteger(tokenCacheEntries) || tokenCacheEntries < 0)
    throw new TypeError('tokenCacheEntries is a whole number, 0 or more')
  if (follow?.stale !== undefined && !/^(open|closed)$/.test(follow.stale))
    throw new TypeError('stale is open or closed')
  const url = requireOrigin('url', options.url ?? options.issuer, allowHttp)
  const issuer = requireOrigin('issuer', options.issuer, true)
  const clock = createMonotonicClock(options.clock ?? Date.now)
  const keys = createIssuerKeys({ issuer, url, onError })
  const revocations = follow && createRemoteRevocations({ issuer, keys, credential: follow, clock, onError })
  const tokenCache = createTokenCache({
    verifyAccessToken: createVerifyAccessToken({ issuer, audience, signatureChecks: keys.tokens, clock }),
    keySet: keys.tokens.keySet,
    clock,
    maxEntries: tokenCacheEntries,
  })
  const requireNotRevoked = revocations && createRequireNotRevoked({ revocations, stale: follow.stale ?? 'open' })
  const requireRecent = createRequireRecent(clock)
  void keys.prepare('')

  return {
    /**
     * The principal of a token that is valid now. Rejects with an Error whose `code` is `invalid_token` (`statusCode` 401)
     * or, while the server's keys or revocations could not be loaded yet, `not_ready` (503, `retryAfterSeconds`).
     * With `maxAgeSeconds`, also `reauthentication_required` (401), where its person proved who they are longer ago.
     */
    async verify(token: string, { check = 'revocation', maxAgeSeconds }: VerifyOptions = {}): Promise<Principal> {
      const loading = keys.prepare(token.slice(0, token.indexOf('.')))
      if (loading) await loading
      if (!keys.isReady()) throw new AppError('not_ready', { retryAfterSeconds: 1 })
      const principal = tokenCache.verify(token)
      if (check !== 'signature' && revocations && requireNotRevoked) {
        if (!revocations.isLoaded()) throw new AppError('not_ready', { retryAfterSeconds: 1 })
        requireNotRevoked(principal)
      }
      requireRecent(principal, maxAgeSeconds)
      return principal
    },

    /** Whether tokens can be verified: for the service's own readiness probe. */
    isReady: (): boolean => keys.isReady() && (revocations?.isLoaded() ?? true),

    /** For metrics: how old the revocations are, in milliseconds, and how many; undefined where they are not followed. */
    revocations: (): { ageMs: number; size: number } | undefined =>
      revocations && { ageMs: revocations.ageMs(), size: revocations.size() },

    /** Stops what runs in the background. */
    async close(): Promise<void> {
      await Promise.all([keys.stop(), revocations?.stop()])
    },
  }
}

export type Verifier = ReturnType<typeof createVerifier>
