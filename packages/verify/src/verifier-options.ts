/** What a verifier is told, and the rules for it. */
import { isLocalUrl } from '../../../src/config/localhost.ts'
import { parsePublicUrl } from '../../../src/config/public-url.ts'
import { clockSkewSeconds } from '../../../src/tokens/verify-access-token.ts'
import type { VerifierOptions } from './contract.ts'
import { isServer } from './runtime.ts'

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
