/** The revocations as a service knows them: a server follows the feed in the background, a worker reads it within requests. */
import type { Denylist } from '../../../src/revocations/denylist.ts'
import type { Principal } from '../../../src/tokens/principal.ts'

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
  /** In a worker: reads the feed if the denylist is old. Returns undefined if there is nothing to wait for. Never rejects. */
  prepare(): Promise<void> | undefined
  stop(): Promise<void>
}
