/** Follows the feed of revocations in the background, with one request after the other that waits for news. */
import { createBackgroundLoop } from '../../../src/clock/background-loop.ts'
import { createFeedReader, type FeedDependencies, FeedRefusal } from './feed-reader.ts'
import type { RemoteRevocations } from './remote-revocations.ts'

type Dependencies = FeedDependencies & { onError: (error: Error) => void }

const waitSeconds = 8
const answerWithinMs = (waitSeconds + 5) * 1000
const retryMs = 1000
// A refusal must not keep the service away until its denylist is stale.
const longestPauseMs = 10_000

export function followFeed({ onError, ...dependencies }: Dependencies): RemoteRevocations {
  const feed = createFeedReader(dependencies)
  const { denylist } = feed
  // Whether requests wait for a new revocation. They do not before everything is loaded or after a failure, because an answer
  // without a wait confirms at once that the denylist is up to date.
  let waits = false
  // Whether the last request that waited was refused, because the service has too many of them.
  let crowded = false
  let pauseMs = 0

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
    const { entries, more } = await feed.read({
      waitSeconds: waits ? waitSeconds : undefined,
      withinMs: answerWithinMs,
      signal: loop.signal,
    })
    if (waited) crowded = false
    if (more) return
    waits = true
    // The answer came at once and has no revocations, although it should have waited for one. It is from a cache, or from a
    // server that is stopping. Pause, so that the loop is not tight.
    if (waited && entries === 0 && performance.now() < askedAt + retryMs) pauseMs = retryMs
  }

  async function turn(): Promise<void> {
    try {
      await look()
    } catch (error) {
      if (error instanceof FeedRefusal && error.status === 429 && waits) return standBack(error.retryAfter)
      waits = false
      throw error
    }
  }

  const loop = createBackgroundLoop({ turn, pauseMs: () => pauseMs, retryMs, onError })
  loop.start()

  return {
    isRevoked: (principal) => denylist.has(principal),
    onRevoked: denylist.onAdd,
    ageMs: feed.ageMs,
    isLoaded: feed.isLoaded,
    size: () => denylist.size(),
    prepare: () => undefined,
    stop: loop.stop,
  }
}
