/**
 * The keys of the issuer, as a service keeps them. It caches them for as long as Cache-Control allows, and renews them earlier than that.
 * A server sends one request at a time, however many tokens wait for a key. In a worker each request loads keys for itself, because it
 * cannot wait for the answer to another request.
 */
import { createSignatureChecks, type KeyedSignatureChecks } from '../../../src/tokens/signature.ts'
import { mayBeOurs } from './issuer-jwks.ts'
import { createLoadIssuer } from './load-issuer.ts'
import { pause } from './pause.ts'
import type { IssuerKey, Signatures } from './signatures.ts'

type Dependencies = {
  issuer: string
  url: string
  signatures: Signatures
  /** Whether keys are loaded between requests too. */
  background: boolean
  /** Milliseconds since a fixed moment. A change of the machine's time of day does not affect it. */
  elapsed: () => number
  onError: (error: Error) => void
}

export type IssuerKeys = {
  /** Checks of access tokens. */
  readonly tokens: KeyedSignatureChecks<IssuerKey>
  /** Checks of the documents of the feed. */
  readonly documents: KeyedSignatureChecks<IssuerKey>
  /**
   * Loads the key for this header if the issuer may have it and this service does not. Returns undefined if there is nothing
   * to wait for. Never rejects.
   */
  prepare(header: string): Promise<void> | undefined
  /** Whether keys are loaded that are recent enough to be trusted. */
  isReady(): boolean
  /**
   * The address of the feed of revocations. With a signal it waits until the issuer can be reached, and rejects when the signal aborts.
   * Without one it rejects at once.
   */
  feedEndpoint(signal?: AbortSignal): Promise<string>
  /** Loads the keys, unless that failed a moment ago. In a server it waits if a load is under way. Never rejects. */
  renew(): Promise<void>
  /** Aborts the load that is under way, and starts no other. */
  stop(): Promise<void>
}

const answerWithinMs = 5000
// An unknown header may belong to a key that was made in an emergency, or may be invented. So the issuer is asked about
// unknown headers at most this often.
const unknownEveryMs = 5000
const failedEveryMs = 1000
// Keys are not trusted any more if the issuer could not be reached for this long.
const forgottenAfterMs = 24 * 3600_000

export function createIssuerKeys(dependencies: Dependencies): IssuerKeys {
  const { issuer, url, signatures, background, elapsed, onError } = dependencies
  const loadIssuer = createLoadIssuer({ issuer, url, signatures })
  const createVerifySignature = async ({ verify }: IssuerKey) => verify
  const tokens = createSignatureChecks(createVerifySignature, 'at+jwt')
  const documents = createSignatureChecks(createVerifySignature, 'revocations+jwt')
  let feedEndpoint: string | undefined
  // By `elapsed`, because ages must not depend on the machine's time of day.
  let loadedAt: number | undefined
  let staleAt = -Infinity
  let renewAt = -Infinity
  let triedAt = -Infinity
  let hasFailed = false
  let loading: Promise<void> | undefined
  // A worker may not make one outside of a request.
  const stopped = background ? new AbortController() : undefined

  async function load(): Promise<void> {
    const from = elapsed()
    triedAt = from
    const loaded = await loadIssuer(stopped?.signal)
    await documents.use(loaded.keys)
    await tokens.use(loaded.keys)
    feedEndpoint = loaded.feedEndpoint
    loadedAt = from
    staleAt = from + loaded.maxAgeMs
    // Renew the keys before they are stale, so that no request waits. The random part keeps services from renewing at once.
    renewAt = from + loaded.maxAgeMs * (0.6 + 0.2 * Math.random())
    hasFailed = false
  }

  async function tryLoad(): Promise<void> {
    try {
      await load()
    } catch (error) {
      hasFailed = true
      if (!stopped?.signal.aborted) onError(error as Error)
    }
  }

  async function renew(): Promise<void> {
    if (loading) return loading
    if (stopped?.signal.aborted) return
    if (hasFailed && elapsed() < triedAt + failedEveryMs) return
    if (!background) return tryLoad()
    loading = tryLoad().finally(() => (loading = undefined))
    await loading
  }

  const isLoaded = () => loadedAt !== undefined
  const isKnown = (header: string) => tokens.get(header) !== undefined || documents.get(header) !== undefined

  /** In a worker: nothing is loaded between requests, so a request loads keys that are missing or stale. */
  const prepareWithin = (header: string, now: number): Promise<void> | undefined => {
    if (!isLoaded()) return renew()
    // One request replaces stale keys. The others use them meanwhile.
    if (now > staleAt) return now > triedAt + answerWithinMs ? renew() : undefined
    return isKnown(header) || !mayBeOurs(header) || now <= triedAt + unknownEveryMs ? undefined : renew()
  }

  async function untilLoaded(signal: AbortSignal): Promise<void> {
    while (!isLoaded()) {
      await renew()
      if (!isLoaded()) await pause(failedEveryMs, signal)
    }
  }

  return {
    tokens,
    documents,

    prepare(header) {
      const now = elapsed()
      if (!background) return prepareWithin(header, now)
      // Requests wait once for keys that replace stale ones. If that load fails, they use the stale keys meanwhile.
      const waits = loadedAt === undefined || (now > staleAt && triedAt === loadedAt)
      if (now > renewAt) void renew()
      if (waits) return loading
      if (isKnown(header) || !mayBeOurs(header)) return undefined
      // A load that is under way may bring the key, so every request with this header waits for it.
      return now > triedAt + unknownEveryMs ? renew() : loading
    },

    isReady: () => loadedAt !== undefined && elapsed() < loadedAt + forgottenAfterMs,

    async feedEndpoint(signal) {
      if (signal) await untilLoaded(signal)
      if (feedEndpoint === undefined) throw new Error(`${issuer} has no feed of revocations`)
      return feedEndpoint
    },

    renew,

    async stop() {
      stopped?.abort()
      await loading
    },
  }
}
