/** Verifies Countersign's access tokens in another service: the signature, and the revocations if it follows the feed. */
import { createMonotonicClock } from '../../../src/clock/monotonic-clock.ts'
import { isLocalUrl } from '../../../src/config/localhost.ts'
import { parsePublicUrl } from '../../../src/config/public-url.ts'
import { AppError } from '../../../src/errors.ts'
import { createRequireNotRevoked } from '../../../src/guard/require-not-revoked.ts'
import { createRequireRecent } from '../../../src/guard/require-recent.ts'
import { createTokenSignals, type SignalFor } from '../../../src/guard/signal-for.ts'
import { type RefusalText, TokenRefusal } from '../../../src/tokens/refusal.ts'
import { createTokenCache } from '../../../src/tokens/token-cache.ts'
import { clockSkewSeconds, createVerifyAccessToken, type Principal } from '../../../src/tokens/verify-access-token.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { createRemoteRevocations } from './remote-revocations.ts'

export type VerifierOptions = {
  /** The server's PUBLIC_URL. It is the `iss` of tokens and the address of the server. */
  issuer: string
  /** The server's AUDIENCE: the `aud` of tokens. Default: the issuer. */
  audience?: string
  /** The address of the server, if it is not `issuer`. For example an address inside the cluster. */
  url?: string
  /** Follows the server's revocations with one of its SERVICE_CREDENTIALS. Without it, tokens work until they expire. */
  revocations?: {
    id: string
    secret: string
    /** `closed` refuses tokens if the revocations could not be read for 30 seconds. `open` accepts them. Default: `open`. */
    stale?: 'open' | 'closed'
  }
  /** Allows `http:` to another machine. Set it only if you trust the network between. */
  allowHttp?: boolean
  /**
   * By how many seconds the clock of this service may be behind that of the server: a whole number from 0 to 60. Default: 5. It is for a
   * machine whose clock you cannot correct. A token is never accepted after `exp`.
   */
  clockToleranceSeconds?: number
  /**
   * Called with the errors of background requests, and with a `TokenRefusal` for every token that is refused. Its `reason` is a stable code.
   * Strangers can cause many refusals, so log few of them.
   */
  onError?: (error: Error) => void
  /** How many verified tokens are cached, so that each is verified once. Default: 20,000. 0 turns the cache off. */
  tokenCacheEntries?: number
  /** Milliseconds since 1970. */
  clock?: () => number
}

const mostToleranceSeconds = 60

export type VerifyOptions = {
  /** `signature` ignores revocations. Default: `revocation`. */
  check?: 'signature' | 'revocation'
  /** The greatest age of the login. Default: any age. */
  maxAgeSeconds?: number | undefined
}

function requireAddress(name: string, text: string, allowHttp: boolean): string {
  if (parsePublicUrl(text) !== text)
    throw new TypeError(
      `${name} must be an address such as https://auth.example.com or https://example.com/id, with no slash at its end`,
    )
  if (text.startsWith('https:') || isLocalUrl(text) || allowHttp) return text
  throw new TypeError(`${name} must be https. Set allowHttp only if you trust the network to the server.`)
}

/** The reason of a refusal. It leaves the cause out, because a parser quotes the text that it could not read. */
function refusalOf(error: unknown): RefusalText | undefined {
  if (!(error instanceof AppError)) return undefined
  if (error.cause instanceof TokenRefusal) return error.cause.message as RefusalText
  if (error.code === 'reauthentication_required') return 'the login is too old'
  return error.code === 'not_ready' ? 'the revocations are too old' : undefined
}

const notReady = (text: RefusalText) =>
  new AppError('not_ready', { retryAfterSeconds: 1, cause: new TokenRefusal(text) })

export type Verifier = {
  /**
   * The principal of a valid token. Rejects with an Error whose `code` is:
   * - `invalid_token`, `token_expired` or `token_revoked` (`statusCode` 401);
   * - `not_ready` (503, with `retryAfterSeconds`) while the keys or the revocations are not loaded yet, or if the revocations
   *   are stale and `stale` is `closed`;
   * - `reauthentication_required` (401) if the login is older than `maxAgeSeconds`.
   */
  verify(token: string, options?: VerifyOptions): Promise<Principal>
  /** For a connection that stays open: a signal that aborts when the token of the principal ends, or when the verifier closes. */
  readonly signalFor: SignalFor
  /** Whether tokens can be verified. For the service's own readiness probe. */
  isReady: () => boolean
  /** For metrics: the age of the revocations in milliseconds, and their number; undefined if they are not followed. */
  revocations(): { ageMs: number; size: number } | undefined
  /** Stops the background requests. */
  close(): Promise<void>
}

/**
 * Starts to load the keys, and the revocations if they are followed, and does not wait for them. Throws TypeError for invalid
 * options.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { audience = options.issuer, allowHttp = false, onError = () => {}, revocations: follow } = options
  const { tokenCacheEntries = 20_000, clockToleranceSeconds: toleranceSeconds = clockSkewSeconds } = options
  if (!Number.isInteger(tokenCacheEntries) || tokenCacheEntries < 0)
    throw new TypeError('tokenCacheEntries is a whole number, 0 or more')
  if (!Number.isInteger(toleranceSeconds) || toleranceSeconds < 0 || toleranceSeconds > mostToleranceSeconds)
    throw new TypeError(`clockToleranceSeconds is a whole number from 0 to ${mostToleranceSeconds}`)
  if (follow?.stale !== undefined && !/^(open|closed)$/.test(follow.stale))
    throw new TypeError('stale is open or closed')
  const url = requireAddress('url', options.url ?? options.issuer, allowHttp)
  const issuer = requireAddress('issuer', options.issuer, true)
  const clock = createMonotonicClock(options.clock ?? Date.now)
  const keys = createIssuerKeys({ issuer, url, onError })
  const revocations =
    follow && createRemoteRevocations({ issuer, keys, credential: follow, clock, toleranceSeconds, onError })
  const expected = { issuer, audience }
  const tokenCache = createTokenCache({
    verifyAccessToken: createVerifyAccessToken({ ...expected, signatureChecks: keys.tokens, clock, toleranceSeconds }),
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
  const requireRecent = createRequireRecent(clock)
  void keys.prepare('')

  async function requireValid(token: string, { check = 'revocation', maxAgeSeconds }: VerifyOptions) {
    const loading = keys.prepare(token.slice(0, token.indexOf('.')))
    if (loading) await loading
    if (!keys.isReady()) throw notReady('the keys are not loaded yet')
    const principal = tokenCache.verify(token)
    if (check !== 'signature') requireNotRevoked(principal)
    requireRecent(principal, maxAgeSeconds)
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
