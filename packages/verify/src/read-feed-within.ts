/**
 * Reads the feed of revocations within the requests of a worker, which can do nothing between them. A request that finds the denylist more
 * than a second old reads the feed first. It does not wait for the answer to another request, because that request may be cancelled.
 */
import { createFeedReader, type FeedDependencies } from './feed-reader.ts'
import type { RemoteRevocations } from './remote-revocations.ts'

type Dependencies = FeedDependencies & { onError: (error: Error) => void }

const readEveryMs = 1000
const answerWithinMs = 3000
// While one request reads, others go on with the denylist that is there, if it was read this recently.
const goodForMs = 10_000
const retryMs = 1000

export function readFeedWithin({ onError, ...dependencies }: Dependencies): RemoteRevocations {
  const feed = createFeedReader(dependencies)
  const { denylist } = feed
  const { elapsed } = dependencies
  // When a request began to read, while it reads.
  let askedAt = -Infinity
  let readAt = -Infinity
  let failedAt = -Infinity

  async function read(from: number): Promise<void> {
    askedAt = from
    try {
      while ((await feed.read({ withinMs: answerWithinMs })).more);
      readAt = from
    } catch (error) {
      failedAt = elapsed()
      onError(error as Error)
    } finally {
      askedAt = -Infinity
    }
  }

  return {
    isRevoked: (principal) => denylist.has(principal),
    onRevoked: denylist.onAdd,
    ageMs: feed.ageMs,
    isLoaded: feed.isLoaded,
    size: () => denylist.size(),

    prepare() {
      const now = elapsed()
      if (now < readAt + readEveryMs || now < failedAt + retryMs) return undefined
      const another = now < askedAt + answerWithinMs && now < readAt + goodForMs
      return another ? undefined : read(now)
    },

    stop: async () => {},
  }
}
