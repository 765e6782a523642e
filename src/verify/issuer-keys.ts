/**
 * The keys of an issuer, as a service elsewhere knows them: found through its metadata (RFC 8414), kept as long as it says,
 * asked for again before that ends, by one request at a time however many tokens wait for it.
 */
import { createPublicKey } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { verifyWithFastifyJwt } from '../guard/fastify-jwt.ts'
import { headerFor, type SigningAlg, type VerificationKey } from '../tokens/access-token.ts'
import { createSignatureChecks } from '../tokens/signature.ts'
import { get } from './get.ts'

type Options = {
  issuer: string
  /** Where the issuer is reached, where that is not at its name. */
  url: string
  onError: (error: Error) => void
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url(), revocation_feed_endpoint: z.url().optional() })
const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })
const headerOfOurs = z.looseObject({ kid: z.string().min(1).max(200), alg: z.enum(['ES256', 'EdDSA', 'RS256']) })
// A key whose private half is published is everybody's.
const jwkOfOurs = headerOfOurs.extend({ use: z.literal('sig').optional(), d: z.undefined().optional() })

const answerWithinMs = 5000
// A header that is not known may be that of a key made in an emergency, or anybody's invention: asked about this often.
const unknownEveryMs = 5000
const failedEveryMs = 1000
const longestAgeMs = 3600_000
// Where the issuer cannot be reached for so long, what it said is not relied on any more.
const forgottenAfterMs = 24 * 3600_000

export function createIssuerKeys({ issuer, url, onError }: Options) {
  const tokens = createSignatureChecks(verifyWithFastifyJwt, 'at+jwt')
  const documents = createSignatureChecks(verifyWithFastifyJwt, 'revocations+jwt')
  let feedEndpoint: string | undefined
  // Durations, whatever happens to the machine's time.
  let loadedAt: number | undefined
  let staleAt = -Infinity
  let renewAt = -Infinity
  let triedAt = -Infinity
  let loading: Promise<void> | undefined
  const stopped = new AbortController()

  /** An address that the issuer names, at the place where it is reached. */
  const reach = (address: string): string => new URL(new URL(address).pathname, url).href

  async function load(): Promise<void> {
    triedAt = performance.now()
    const wellKnown = new URL('/.well-known/oauth-authorization-server', url).href
    const about = metadata.parse((await fetchJson(wellKnown, stopped.signal)).body)
    // RFC 8414 §3.3
    if (about.issuer !== issuer) throw new Error(`${url} is the issuer ${about.issuer}, not ${issuer}`)
    const { body, maxAgeMs } = await fetchJson(reach(about.jwks_uri), stopped.signal)
    const keys = jwks.parse(body).keys.flatMap(toVerificationKey)
    if (keys.length === 0) throw new Error(`${about.jwks_uri} holds no key that signs our tokens`)
    await documents.use(keys)
    await tokens.use(keys)
    feedEndpoint = about.revocation_feed_endpoint && reach(about.revocation_feed_endpoint)
    loadedAt = triedAt
    staleAt = loadedAt + maxAgeMs
    // Before it is stale, so that no request waits; not all services at the same moment.
    renewAt = loadedAt + maxAgeMs * (0.6 + 0.2 * Math.random())
  }

  /** Loads the keys, unless that failed a moment ago; if it is under way, waits for it. Never rejects. */
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

    /**
     * Sees to it that the key of this header is here, if the issuer has it. Mostly that is no work: undefined then, and
     * there is nothing to wait for.
     */
    prepare(header: string): Promise<void> | undefined {
      const now = performance.now()
      // Once: where it fails, requests go on with what is known while it is tried again.
      const waits = loadedAt === undefined || (now > staleAt && triedAt === loadedAt)
      if (now > renewAt) void renew()
      if (waits) return loading
      if (isKnown(header) || !mayBeOurs(header)) return undefined
      // What is under way may bring the key: not only the request that began it waits.
      return now > triedAt + unknownEveryMs ? renew() : loading
    },

    /** Whether any keys are known that may still be relied on. */
    isReady: (): boolean => loadedAt !== undefined && performance.now() < loadedAt + forgottenAfterMs,

    /** Where the issuer tells of revocations. Waits until it can be reached; rejects when the signal aborts. */
    async feedEndpoint(signal: AbortSignal): Promise<string> {
      while (!isLoaded()) {
        await renew()
        if (!isLoaded()) await sleep(failedEveryMs, undefined, { signal })
      }
      if (feedEndpoint === undefined) throw new Error(`${issuer} has no feed of revocations`)
      return feedEndpoint
    },

    renew,

    /** Gives up what is under way, and asks for nothing any more. */
    async stop(): Promise<void> {
      stopped.abort()
      await loading
    },
  }
}

export type IssuerKeys = ReturnType<typeof createIssuerKeys>

async function fetchJson(address: string, signal: AbortSignal): Promise<{ body: unknown; maxAgeMs: number }> {
  const { status, headers, text } = await get(address, { withinMs: answerWithinMs, signal })
  if (status !== 200) throw new Error(`${address} answers ${status}`)
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1] ?? '0'
  // RFC 9111 §4.2: what a cache in between has kept for a while is good for the rest only.
  const seconds = Number(maxAge) - (Number(headers.get('age')) || 0)
  return { body: JSON.parse(text), maxAgeMs: Math.min(Math.max(seconds * 1000, 1000), longestAgeMs) }
}

/** The key, where it is one that our tokens are signed with. Others are passed over: RFC 7517 §5. */
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
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}

/** Whether this server would write such a header, so that a key for it may exist. */
function mayBeOurs(header: string): boolean {
  if (header.length > 400) return false
  try {
    const key = headerOfOurs.parse(JSON.parse(Buffer.from(header, 'base64url').toString()))
    return headerFor(key) === header || headerFor(key, 'revocations+jwt') === header
  } catch {
    return false
  }
}
