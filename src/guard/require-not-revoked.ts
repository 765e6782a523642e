/** The `revocation` check: asks memory whether a token was ended, and whether that memory may be relied on. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Principal } from '../tokens/verify-access-token.ts'

const untrustedAfterMs = 30_000

type Dependencies = {
  revocations: Pick<RevocationFollower, 'isRevoked' | 'ageMs'>
  /** Whether a set of revocations that could not be renewed for long is relied on. */
  stale: 'open' | 'closed'
}

/** Ends in `invalid_token`, or in `not_ready` where the set is stale and `closed` was asked for. */
export const createRequireNotRevoked =
  ({ revocations, stale }: Dependencies) =>
  (principal: Principal): void => {
    if (revocations.isRevoked(principal)) throw new AppError('invalid_token')
    if (stale === 'closed' && revocations.ageMs() > untrustedAfterMs) {
      throw new AppError('not_ready', { retryAfterSeconds: 5 })
    }
  }
