/** The `revocation` check: whether the denylist denies a token, and whether the denylist is recent enough. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Principal } from '../tokens/principal.ts'
import { TokenRefusal } from '../tokens/refusal.ts'

const untrustedAfterMs = 30_000

type Dependencies = {
  revocations: Pick<RevocationFollower, 'isRevoked' | 'ageMs'>
  /** Whether tokens are accepted (`open`) or refused (`closed`) while the denylist is stale. */
  stale: 'open' | 'closed'
}

/**
 * Returns a check that throws `token_revoked` for a revoked token. With `closed`, it throws `not_ready` while the denylist
 * is older than 30 seconds.
 */
export const createRequireNotRevoked =
  ({ revocations, stale }: Dependencies) =>
  (principal: Principal): void => {
    if (revocations.isRevoked(principal)) throw new AppError('token_revoked', { cause: new TokenRefusal('revoked') })
    if (stale === 'closed' && revocations.ageMs() > untrustedAfterMs) {
      throw new AppError('not_ready', { retryAfterSeconds: 5 })
    }
  }
