/**
 * Reads the feed of revocations into a denylist. It accepts a document only if the issuer signed it, if it answers the request, and if it
 * is recent. A hostile proxy can only withhold documents. The denylist becomes stale then, and `ageMs` tells.
 */
import { createDenylist, type Denylist } from '../../../src/revocations/denylist.ts'
import { type FeedDocument, openDocument, toRevocation } from '../../../src/revocations/feed-document.ts'
import { get } from './get.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { Signatures } from './signatures.ts'

export type FeedDependencies = {
  issuer: string
  keys: IssuerKeys
  signatures: Signatures
  credential: { id: string; secret: string }
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
  /** By how many seconds the clock may be behind that of the issuer. */
  toleranceSeconds: number
  /** Milliseconds since a fixed moment. A change of the machine's time of day does not affect it. */
  elapsed: () => number
}

/** One request. With `waitSeconds`, the issuer answers as soon as there is a new revocation, or after so many seconds without one. */
type Question = { waitSeconds?: number | undefined; withinMs: number; signal?: AbortSignal }
type Page = {
  /** The number of new revocations. */
  readonly entries: number
  /** Whether the next page can be read at once. Otherwise the denylist is up to date. */
  readonly more: boolean
}

export type FeedReader = {
  readonly denylist: Pick<Denylist, 'has' | 'size' | 'onAdd'>
  /** Reads the next page. Rejects with a `FeedRefusal` for an answer that is no document, and with another Error if there is none. */
  readonly read: (question: Question) => Promise<Page>
  /** The age of the denylist in milliseconds; Infinity until it is loaded. */
  readonly ageMs: () => number
  readonly isLoaded: () => boolean
}

/** The answer to a request has another status than 200. */
export class FeedRefusal extends Error {
  readonly status: number
  readonly retryAfter: string | null

  constructor(status: number, retryAfter: string | null) {
    super(`the feed of revocations answers ${status}`)
    this.status = status
    this.retryAfter = retryAfter
  }
}

// The greatest age of an answer when it arrives. It includes the difference between the clocks.
const oldestAnswerMs = 15_000
// The issuer writes its answers in whole seconds, and its clock may run a little faster.
const delaySeconds = 2

export function createFeedReader(dependencies: FeedDependencies): FeedReader {
  const { issuer, keys, signatures, credential, clock, toleranceSeconds, elapsed } = dependencies
  const earliestAnswerMs = Math.max(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)
  const denylist = createDenylist({ maxEntries: 1_000_000, clock })
  const basic = [credential.id, credential.secret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${btoa(basic)}`
  let after: string | undefined
  let freshAt: number | undefined

  async function ask(from: string | undefined, { waitSeconds, withinMs, signal }: Question): Promise<string> {
    const address = new URL(await keys.feedEndpoint(signal))
    if (from !== undefined) address.searchParams.set('after', from)
    if (waitSeconds !== undefined) address.searchParams.set('wait', String(waitSeconds))
    const { status, headers, text } = await get(address, {
      headers: { authorization },
      withinMs,
      ...(signal ? { signal } : {}),
    })
    // The issuer does not accept the cursor, for example after a restore of its database. Load everything again.
    if (status === 400) after = undefined
    if (status !== 200) throw new FeedRefusal(status, headers.get('retry-after'))
    return text
  }

  async function open(text: string): Promise<FeedDocument> {
    const header = text.slice(0, text.indexOf('.'))
    await keys.prepare(header)
    const verify = keys.documents.get(header)?.payloadOf
    return signatures.open(text, verify, () => openDocument(text, { issuer, checks: keys.documents }))
  }

  function take(document: FeedDocument): void {
    const heardAt = clock()
    for (const entry of document.revocations) {
      // The issuer's clock may be behind ours. The denied tokens expire by our clock, so the entry must not expire earlier.
      denylist.add(toRevocation({ ...entry, at: Math.max(entry.at, heardAt) }))
    }
    after = document.next
  }

  return {
    async read(question) {
      const from = after
      const document = await open(await ask(from, question))
      if (document.after !== from) throw new Error('the revocations are for another cursor')
      const ageMs = clock() - document.iat * 1000
      if (ageMs > oldestAnswerMs || ageMs < -earliestAnswerMs)
        throw new Error(`the revocations are ${Math.round(ageMs / 1000)} s old`)
      take(document)
      // A revoked key must not sign documents either, so load the keys again.
      if (document.revocations.some(({ kind }) => kind === 'key')) await keys.renew()
      const page = { entries: document.revocations.length, more: document.more }
      if (document.more) return page
      freshAt = elapsed() - Math.max(ageMs, 0)
      denylist.purge()
      return page
    },

    denylist,
    ageMs: () => (freshAt === undefined ? Infinity : elapsed() - freshAt),
    isLoaded: () => freshAt !== undefined,
  }
}
