/**
 * The keys of the issuer, as a service loads them. It finds them through the issuer's metadata (RFC 8414), caches them for as
 * long as Cache-Control allows, and renews them earlier than that. It sends one request at a time, however many tokens wait
 * for a key.
 */
import { createPublicKey } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { publicPathOf } from '../../../src/config/public-url.ts'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { type VerificationKey } from '../../../src/tokens/access-token.ts'
import { headerFor, type SigningAlg } from '../../../src/tokens/claims.ts'
import { createSignatureChecks, type KeyedSignatureChecks } from '../../../src/tokens/signature.ts'
import { get } from './get.ts'

type Dependencies = {
  issuer: string
  /** The address of the issuer. It may differ from its name, for example inside a cluster. */
  url: string
  onError: (error: Error) => void
}

export type IssuerKeys = {
  /** Checks of access tokens. */
  readonly tokens: KeyedSignatureChecks
  /** Checks of the documents of the feed. */
  readonly documents: KeyedSignatureChecks
  /**
   * Loads the key for this header if the issuer may have it and this service does not. Returns undefined if there is nothing
   * to wait for. Never rejects.
   */
  prepare(header: string): Promise<void> | undefined
  /** Whether keys are loaded that are recent enough to be trusted. */
  isReady(): boolean
  /** The address of the feed of revocations. Waits until the issuer can be reached; rejects when the signal aborts. */
  feedEndpoint(signal: AbortSignal): Promise<string>
  /** Loads the keys, unless that failed a moment ago. Waits if a load is under way. Never rejects. */
  renew(): Promise<void>
  /** Aborts the load that is under way, and starts no other. */
  stop(): Promise<void>
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url(), revocation_feed_endpoint: z.url().optional() })
const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })
const headerOfOurs = z.looseObject({ kid: z.string().min(1).max(200), alg: z.enum(['ES256', 'EdDSA', 'RS256']) })
// Refuse a JWK with a private key: anybody could sign with it.
const jwkOfOurs = headerOfOurs.extend({
  use: z.literal('sig').optional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .optional(),
  d: z.undefined().optional(),
})

const answerWithinMs = 5000
// An unknown header may belong to a key that was made in an emergency, or may be invented. So the issuer is asked about
// unknown headers at most this often.
const unknownEveryMs = 5000
const failedEveryMs = 1000
const longestAgeMs = 3600_000
// Keys are not trusted any more if the issuer could not be reached for this long.
const forgottenAfterMs = 24 * 3600_000

export function createIssuerKeys({ issuer, url, onError }: Dependencies): IssuerKeys {
  const tokens = createSignatureChecks(verifyWithFastifyJwt, 'at+jwt')
  const documents = createSignatureChecks(verifyWithFastifyJwt, 'revocations+jwt')
  const issuerPath = publicPathOf(issuer)
  let feedEndpoint: string | undefined
  // By performance.now(), because ages must not depend on the machine's time of day.
  let loadedAt: number | undefined
  let staleAt = -Infinity
  let renewAt = -Infinity
  let triedAt = -Infinity
  let loading: Promise<void> | undefined
  const stopped = new AbortController()

  /** Replaces the issuer in an address from the metadata by `url`, so that a forged document cannot lead to another host. */
  const reach = (address: string): string => {
    const { pathname } = new URL(address)
    const rest = pathname.startsWith(`${issuerPath}/`) ? pathname.slice(issuerPath.length) : pathname
    // A path such as //other.example/jwks would be another host if it were resolved against the issuer.
    return `${url}${rest}`
  }

  async function load(): Promise<void> {
    triedAt = performance.now()
    // RFC 8414 §3.1 puts this path between the host and the path of the issuer. The server has the document here too, and a proxy
    // that passes on only the path of the issuer leads here.
    const about = metadata.parse(
      (await fetchJson(`${url}/.well-known/oauth-authorization-server`, stopped.signal)).body,
    )
    // RFC 8414 §3.3
    if (about.issuer !== issuer) throw new Error(`${url} is the issuer ${about.issuer}, not ${issuer}`)
    const { body, maxAgeMs } = await fetchJson(reach(about.jwks_uri), stopped.signal)
    const keys = jwks.parse(body).keys.flatMap(toVerificationKey)
    if (keys.length === 0) throw new Error(`${about.jwks_uri} has no key that can sign access tokens`)
    await documents.use(keys)
    await tokens.use(keys)
    feedEndpoint = about.revocation_feed_endpoint && reach(about.revocation_feed_endpoint)
    loadedAt = triedAt
    staleAt = loadedAt + maxAgeMs
    // Renew the keys before they are stale, so that no request waits. The random part keeps services from renewing at once.
    renewAt = loadedAt + maxAgeMs * (0.6 + 0.2 * Math.random())
  }

  async function renew(): Promise<void> {
    if (loading) return loading
    if (stopped.signal.aborted) return
    if (loadedAt !== triedAt && performance.now() < triedAt + failedEveryMs) return
    loading = load()
      .catch((error: Error) => {
        if (!stopped.signal.aborted) onError(error)
      })
      .finally(() => (loading = undefined))
    await loading
  }

  const isLoaded = () => loadedAt !== undefined
  const isKnown = (header: string) => tokens.get(header) !== undefined || documents.get(header) !== undefined

  return {
    tokens,
    documents,

    prepare(header) {
      const now = performance.now()
      // Requests wait once for keys that replace stale ones. If that load fails, they use the stale keys meanwhile.
      const waits = loadedAt === undefined || (now > staleAt && triedAt === loadedAt)
      if (now > renewAt) void renew()
      if (waits) return loading
      if (isKnown(header) || !mayBeOurs(header)) return undefined
      // A load that is under way may bring the key, so every request with this header waits for it.
      return now > triedAt + unknownEveryMs ? renew() : loading
    },

    isReady: () => loadedAt !== undefined && performance.now() < loadedAt + forgottenAfterMs,

    async feedEndpoint(signal) {
      while (!isLoaded()) {
        await renew()
        if (!isLoaded()) await sleep(failedEveryMs, undefined, { signal })
      }
      if (feedEndpoint === undefined) throw new Error(`${issuer} has no feed of revocations`)
      return feedEndpoint
    },

    renew,

    async stop() {
      stopped.abort()
      await loading
    },
  }
}

async function fetchJson(address: string, signal: AbortSignal): Promise<{ body: unknown; maxAgeMs: number }> {
  const { status, headers, text } = await get(address, { withinMs: answerWithinMs, signal })
  if (status !== 200) throw new Error(`${address} answers ${status}`)
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1] ?? '0'
  // RFC 9111 §4.2: a shared cache may have held the answer for a while, which counts.
  const seconds = Number(maxAge) - (Number(headers.get('age')) || 0)
  return { body: JSON.parse(text), maxAgeMs: Math.min(Math.max(seconds * 1000, 1000), longestAgeMs) }
}

/** The key as a list of one, or an empty list if no Countersign server signs with such a key. RFC 7517 §5: ignore others. */
function toVerificationKey(member: Record<string, unknown>): VerificationKey[] {
  const { success, data } = jwkOfOurs.safeParse(member)
  if (!success) return []
  try {
    const publicKey = createPublicKey({ key: member, format: 'jwk' })
    return fits(publicKey, data.alg) ? [{ kid: data.kid, alg: data.alg, publicKey }] : []
  } catch {
    return []
  }
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: VerificationKey['publicKey'], alg: SigningAlg): boolean {
  if (alg === 'ES256') return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (alg === 'EdDSA') return asymmetricKeyType === 'ed25519'
  // Anybody can sign for the exponent 1, and small exponents are weak. Every library makes keys with 65537.
  const { modulusLength = 0, publicExponent } = asymmetricKeyDetails ?? {}
  return asymmetricKeyType === 'rsa' && modulusLength >= 2048 && publicExponent === 65_537n
}

/** Whether a Countersign server could have written this header, so that a key for it may exist. */
function mayBeOurs(header: string): boolean {
  if (header.length > 400) return false
  try {
    const key = headerOfOurs.parse(JSON.parse(Buffer.from(header, 'base64url').toString()))
    return headerFor(key) === header || headerFor(key, 'revocations+jwt') === header
  } catch {
    return false
  }
}
