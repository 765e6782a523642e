/** Wires the feed of revocations, which services that verify access tokens themselves read. */
import type { Database } from '../database/client.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { createFeedStore } from './feed-store.ts'
import type { RevocationFollower } from './follow-revocations.ts'
import { createReadFeed, type ReadFeed } from './read-feed.ts'

type Dependencies = {
  database: Database
  revocations: Pick<RevocationFollower, 'nextNews'>
  keyRing: Pick<KeyRing, 'signing'>
  issuer: string
  clock: () => number
}

export const createFeed = ({ database, revocations, keyRing, issuer, clock }: Dependencies): ReadFeed =>
  createReadFeed({
    pages: createFeedStore(database),
    nextNews: revocations.nextNews,
    issuer,
    signingKey: () => keyRing.signing,
    clock,
  })
