/**
 * The denylist of a service, which follows the feed of its issuer. The service accepts a document only if the issuer signed
 * it, if it answers the request, and if it is recent. A hostile proxy can only withhold documents. The denylist becomes stale
 * then, and `ageMs` tells.
 */
import { createBackgroundLoop } from '../../../src/clock/background-loop.ts'
import { createDenylist, type Denylist } from '../../../src/revocations/denylist.ts'
import { openDocument, toRevocation } from '../../../src/revocations/feed-document.ts'
import type { Principal } from '../../../src/tokens/verify-access-token.ts'
import { get } from './get.ts'
import type { IssuerKeys } from './issuer-keys.ts'

type Dependencies = {
  issuer: string
  keys: IssuerKeys
  credential: { id: string; secret: string }
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
  /** By how many seconds the clock may be behind that of the issuer. */
  toleranceSeconds: number
  onError: (error: Error) => void
}

export type RemoteRevocations = {
  /** Whether the principal's token is revoked, as far as this service knows. Reads memory only. */
  isRevoked: (principal: Principal) => boolean
  /** Calls the listener for each revocation, as soon as `isRevoked` knows of it. Returns a function that ends this. */
  onRevoked: Denylist['onAdd']
  /** The age of the denylist in milliseconds; Infinity until it is loaded. */
  ageMs: () => number
  isLoaded(): boolean
  /** The number of entries. */
  size(): number
  stop(): Promise<void>
}

const waitSeconds = 8
const answerWithinMs = (waitSeconds + 5) * 1000
// The greatest age of an answer when it arrives. It includes the difference between the clocks.
const oldestAnswerMs = 15_000
// The issuer writes its answers in whole seconds, and its clock may run a little faster.
const delaySeconds = 2
const retryMs = 1000
// A refusal must not keep the service away until its denylist is stale.
const longestPauseMs = 10_000

export function createRemoteRevocations(dependencies: Dependencies): RemoteRevocations {
  const { issuer, keys, credential, clock, toleranceSeconds, onError } = dependencies
  const earliestAnswerMs = Math.max(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)
  const denylist = createDenylist({ maxEntries: 1_000_000, clock })
  const basic = [credential.id, credential.secret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${Buffer.from(basic).toString('base64')}`
  let after: string | undefined
  let loaded = false
  // Whether requests wait for a new revocation. They do not before everything is loaded or after a failure, because an answer
  // without a wait confirms at once that the denylist is up to date.
  let waits = false
  // Whether the last request that waited was refused, because the service has too many of them.
  let crowded = false
  let freshAt: number | undefined
  let pauseMs = 0

  /** The answer, or undefined if there is no place for a request that waits. Rejects if the feed cannot be read. */
  async function ask(): Promise<string | undefined> {
    const { signal } = loop
    const address = new URL(await keys.feedEndpoint(signal))
    if (after !== undefined) address.searchParams.set('after', after)
    if (waits) address.searchParams.set('wait', String(waitSeconds))
    const { status, headers, text } = await get(address, {
      headers: { authorization },
      withinMs: answerWithinMs,
      signal,
    })
    // The issuer does not accept the cursor, for example after a restore of its database. Load everything again.
    if (status === 400) after = undefined
    if (status === 429 && waits) {
      standBack(headers.get('retry-after'))
      return undefined
    }
    if (status !== 200) throw new Error(`the feed of revocations answers ${status}`)
    return text
  }

  /** Asks without waiting after a pause (RFC 9110, section 10.2.3). Reports a crowd once, because it may last. */
  function standBack(retryAfter: string | null): void {
    const seconds = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : 0
    pauseMs = Math.min(Math.max(seconds * 1000, retryMs), longestPauseMs)
    waits = false
    if (!crowded)
      onError(new Error('too many requests of this service wait for revocations: see WAITS_PER_SERVICE of the issuer'))
    crowded = true
  }

  async function look(): Promise<void> {
    const [askedAt, waited] = [performance.now(), waits]
    pauseMs = 0
    const text = await ask()
    if (text === undefined) return
    if (waited) crowded = false
    await keys.prepare(text.slice(0, text.indexOf('.')))
    const document = openDocument(text, { issuer, checks: keys.documents })
    if (document.after !== after) throw new Error('the revocations are for another cursor')
    const ageMs = clock() - document.iat * 1000
    if (ageMs > oldestAnswerMs || ageMs < -earliestAnswerMs)
      throw new Error(`the revocations are ${Math.round(ageMs / 1000)} s old`)
    const heardAt = clock()
    for (const entry of document.revocations) {
      // The issuer's clock may be behind ours. The denied tokens expire by our clock, so the entry must not expire earlier.
      denylist.add(toRevocation({ ...entry, at: Math.max(entry.at, heardAt) }))
    }
    after = document.next
    // A revoked key must not sign documents either, so load the keys again.
    if (document.revocations.some(({ kind }) => kind === 'key')) await keys.renew()
    if (document.more) return
    loaded = true
    waits = true
    freshAt = performance.now() - Math.max(ageMs, 0)
    denylist.purge()
    // The answer came at once and has no revocations, although it should have waited for one. It is from a cache, or from a
    // server that is stopping. Pause, so that the loop is not tight.
    if (waited && document.revocations.length === 0 && performance.now() < askedAt + retryMs) pauseMs = retryMs
  }

  async function turn(): Promise<void> {
    try {
      await look()
    } catch (error) {
      waits = false
      throw error
    }
  }

  const loop = createBackgroundLoop({ turn, pauseMs: () => pauseMs, retryMs, onError })
  loop.start()

  return {
    isRevoked: (principal) => denylist.has(principal),
    onRevoked: denylist.onAdd,
    ageMs: () => (freshAt === undefined ? Infinity : performance.now() - freshAt),
    isLoaded: () => loaded,
    size: () => denylist.size(),
    stop: loop.stop,
  }
}
