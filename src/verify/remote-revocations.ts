/**
 * An issuer's revocations, in this service's memory. What is believed is signed by the issuer, answers what was asked, and
 * is recent: a proxy in between can withhold, and then the set grows stale and says so.
 */
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { createDenylist } from '../revocations/denylist.ts'
import { openDocument, toRevocation } from '../revocations/feed-document.ts'
import type { Principal } from '../tokens/verify-access-token.ts'
import { get } from './get.ts'
import type { IssuerKeys } from './issuer-keys.ts'

type Options = {
  issuer: string
  keys: IssuerKeys
  credential: { id: string; secret: string }
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
  onError: (error: Error) => void
}

const waitSeconds = 8
const answerWithinMs = (waitSeconds + 5) * 1000
// How old an answer may be when it arrives, clocks that differ included.
const oldestAnswerMs = 15_000
const retryMs = 1000

export function createRemoteRevocations({ issuer, keys, credential, clock, onError }: Options) {
  const denied = createDenylist({ maxEntries: 1_000_000, clock })
  const basic = [credential.id, credential.secret].map(encodeURIComponent).join(':')
  const authorization = `Basic ${Buffer.from(basic).toString('base64')}`
  let after: string | undefined
  let loaded = false
  // For news. Not until all is known, nor after a failure: the answer then says at once that the set is up to date.
  let waits = false
  let freshAt: number | undefined
  let pauseMs = 0

  async function ask(): Promise<string> {
    const { signal } = loop
    const address = new URL(await keys.feedEndpoint(signal))
    if (after !== undefined) address.searchParams.set('after', after)
    if (waits) address.searchParams.set('wait', String(waitSeconds))
    const { status, text } = await get(address, { headers: { authorization }, withinMs: answerWithinMs, signal })
    // A cursor that is not understood: after a restore of the database, say. Everything again.
    if (status === 400) after = undefined
    if (status !== 200) throw new Error(`the feed of revocations answers ${status}`)
    return text
  }

  async function look(): Promise<void> {
    const [askedAt, waited] = [performance.now(), waits]
    pauseMs = 0
    const text = await ask()
    await keys.prepare(text.slice(0, text.indexOf('.')))
    const document = openDocument(text, { issuer, checks: keys.documents })
    if (document.after !== after) throw new Error('the revocations answer another question')
    const ageMs = clock() - document.iat * 1000
    if (Math.abs(ageMs) > oldestAnswerMs) throw new Error(`the revocations are ${Math.round(ageMs / 1000)} s old`)
    const heardAt = clock()
    for (const entry of document.revocations) {
      // By our clock, if that is ahead: what it ends may live as long from now.
      denied.add(toRevocation({ ...entry, at: Math.max(entry.at, heardAt) }))
    }
    after = document.next
    // It signs no documents any more either.
    if (document.revocations.some(({ kind }) => kind === 'key')) await keys.renew()
    if (document.more) return
    loaded = true
    waits = true
    freshAt = performance.now() - Math.max(ageMs, 0)
    denied.purge()
    // No news, and at once, although it was to wait for them: a cache answers, or a server that is stopping.
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
    /** Whether the principal's token has been revoked, as far as is known here. Reads memory only. */
    isRevoked: (principal: Principal): boolean => denied.has(principal),
    /** How old the set is, in milliseconds; Infinity until it is loaded. */
    ageMs: (): number => (freshAt === undefined ? Infinity : performance.now() - freshAt),
    isLoaded: (): boolean => loaded,
    size: (): number => denied.size(),

    stop: loop.stop,
  }
}

export type RemoteRevocations = ReturnType<typeof createRemoteRevocations>
