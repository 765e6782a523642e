/** What a verifier is told, and the rules for it. */
import { isLocalUrl } from '../../../src/config/localhost.ts'
import { parsePublicUrl } from '../../../src/config/public-url.ts'
import { clockSkewSeconds } from '../../../src/tokens/verify-access-token.ts'
import { isServer } from './runtime.ts'

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
}

const mostToleranceSeconds = 60

/** The options with their defaults. Throws TypeError if one of them is invalid. */
export function readOptions(options: VerifierOptions) {
  const { audience = options.issuer, allowHttp = false, onError = () => {}, revocations: follow } = options
  const { tokenCacheEntries = 20_000, clockToleranceSeconds: toleranceSeconds = clockSkewSeconds } = options
  const { background = isServer } = options
  if (!Number.isInteger(tokenCacheEntries) || tokenCacheEntries < 0)
    throw new TypeError('tokenCacheEntries is a whole number, 0 or more')
  if (!Number.isInteger(toleranceSeconds) || toleranceSeconds < 0 || toleranceSeconds > mostToleranceSeconds)
    throw new TypeError(`clockToleranceSeconds is a whole number from 0 to ${mostToleranceSeconds}`)
  if (follow?.stale !== undefined && !/^(open|closed)$/.test(follow.stale))
    throw new TypeError('stale is open or closed')
  const url = requireAddress('url', options.url ?? options.issuer, allowHttp)
  const issuer = requireAddress('issuer', options.issuer, true)
  return { issuer, url, audience, follow, toleranceSeconds, tokenCacheEntries, background, onError }
}

function requireAddress(name: string, text: string, allowHttp: boolean): string {
  if (parsePublicUrl(text) !== text)
    throw new TypeError(
      `${name} must be an address such as https://auth.example.com or https://example.com/id, with no slash at its end`,
    )
  if (text.startsWith('https:') || isLocalUrl(text) || allowHttp) return text
  throw new TypeError(`${name} must be https. Set allowHttp only if you trust the network to the server.`)
}
