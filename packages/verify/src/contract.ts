/** What the package promises: the options, and the verifier. It needs no types of Node or of a framework. */
import type { SignalFor } from '../../../src/guard/signal-for.ts'
import type { Principal } from '../../../src/tokens/principal.ts'

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
  /**
   * Whether the verifier works between requests: it then renews keys and follows the revocations on its own. Without it, a request that needs
   * newer keys or revocations loads them first. Default: true in Node, Bun and Deno, and false in other runtimes, such as workers.
   */
  background?: boolean
  /** Milliseconds since 1970. */
  clock?: () => number
}

export type VerifyOptions = {
  /** `signature` ignores revocations. Default: `revocation`. */
  check?: 'signature' | 'revocation'
  /** The greatest age of the login. Default: any age. */
  maxAgeSeconds?: number | undefined
  /** With 2, the user must have signed in with two factors. Default: 1. */
  factors?: 1 | 2 | undefined
}

/** The options for a framework. */
export type GuardOptions = VerifierOptions & {
  /**
   * Accepts the access cookie too, with the same check against cross-site request forgery as the server. The list holds the
   * allowed origins. It is of use only on the server's own host name, because browsers send the cookie nowhere else, or with `cookieDomain`.
   */
  spaOrigins?: readonly string[]
  /** The server's COOKIE_DOMAIN, if it has one. Then the access cookie also reaches the other hosts of that domain. */
  cookieDomain?: string
}

export type Verifier = {
  /**
   * The principal of a valid token. Rejects with an Error whose `code` is:
   * - `invalid_token`, `token_expired` or `token_revoked` (`statusCode` 401);
   * - `not_ready` (503, with `retryAfterSeconds`) while the keys or the revocations are not loaded yet, or if the revocations
   *   are stale and `stale` is `closed`;
   * - `reauthentication_required` (401) if the login is older than `maxAgeSeconds`;
   * - `second_factor_required` (401) if it has fewer `factors`.
   */
  readonly verify: (token: string, options?: VerifyOptions) => Promise<Principal>
  /** For a connection that stays open: a signal that aborts when the token of the principal ends, or when the verifier closes. */
  readonly signalFor: SignalFor
  /** Whether tokens can be verified. For the service's own readiness probe. */
  readonly isReady: () => boolean
  /** For metrics: the age of the revocations in milliseconds, and their number; undefined if they are not followed. */
  readonly revocations: () => { ageMs: number; size: number } | undefined
  /** Stops the background requests. */
  readonly close: () => Promise<void>
}

/**
 * Starts to load the keys, and the revocations if they are followed, and does not wait for them. In a worker it starts nothing. Throws
 * TypeError for invalid options.
 */
export type CreateVerifier = (options: VerifierOptions) => Verifier
