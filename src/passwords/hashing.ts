/** The password hashes for requests: each waits in the queue, by its requester. */
import type { Requester } from './hash-lane.ts'
import { createHashQueue, type HashQueue, type KeptPlace } from './hash-queue.ts'
import { createPasswordHashes, type PasswordHashes, type Pepper, type UnusableHash } from './password-hash.ts'

export type Hashing = {
  /** Keeps a place in the queue while the request does its work. Ends in `overloaded` if there is no room for this requester. */
  readonly withPlace: HashQueue['withPlace']
  /** The hashes that run and wait now, and the number of refused ones since the start. */
  readonly stats: () => { readonly running: number; readonly waiting: number; readonly refused: number }
  /** Hashes and checks passwords in the turn of this requester. Both end in `overloaded` if there is no room. */
  readonly of: (requester: Requester, kept?: KeptPlace) => PasswordHashes
}

type Dependencies = {
  /** Newest first. The newest one is used for new hashes. */
  peppers: readonly Pepper[]
  cost: number
  /** How many hashes run at once. */
  cores: number
  /** How many more wait in each lane. Beyond that, calls end in `overloaded`. */
  queue: number
  /** Is told of every comparison with a hash that cannot be compared. */
  onUnusable?: (hash: UnusableHash) => void
}

export function createHashing({ peppers, cost, cores, queue, onUnusable }: Dependencies): Hashing {
  const enqueue = createHashQueue({ running: cores, waiting: queue })
  return {
    withPlace: enqueue.withPlace,
    stats: enqueue.stats,
    of: (requester, kept) =>
      createPasswordHashes({ peppers, cost, run: (task) => enqueue(requester, task, kept), onUnusable }),
  }
}
