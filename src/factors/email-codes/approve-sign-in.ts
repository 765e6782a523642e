/**
 * Approves a sign-in by mail where the link was opened: the user sees which device asks, and enters the number that it shows. A stranger who asked
 * for the mail has another device, and cannot tell the user its number there. A program that opens links and submits forms does not know it.
 */
import { AppError, invalidMember } from '../../errors.ts'
import type { Limits } from '../../limits/limits.ts'
import type { Client } from '../../signin/attempt.ts'
import { oneTimeTokenHash } from '../../tokens/one-time-token.ts'
import type { ApprovalStore, PendingSignIn } from './approval-store.ts'

type Dependencies = {
  store: ApprovalStore
  limits: Pick<Limits, 'emailCode'>
}

type Opener = Pick<Client, 'binding' | 'context'>

export type ApproveSignIn = {
  /** What the user is asked to approve. It changes nothing. Ends in `invalid_one_time_token` if the link was used, has expired, or has ended. */
  readonly read: (token: string, opener: Opener) => Promise<PendingSignIn>
  /**
   * Approves it, so that the device that asked can go on. The number is not needed in the browser that asked, and elsewhere its
   * absence is `invalid_request`. Ends in `wrong_number`, which ends
   * the link the third time, and in `invalid_one_time_token` as above. Ends in `rate_limited`, by client address.
   */
  readonly approve: (token: string, number: string | undefined, opener: Opener) => Promise<void>
}

export function createApproveSignIn({ store, limits }: Dependencies): ApproveSignIn {
  const openedBy = (token: string, { binding }: Opener) => {
    const hash = oneTimeTokenHash(token)
    if (!hash) throw new AppError('invalid_one_time_token')
    return { hash, bindingHash: oneTimeTokenHash(binding ?? '') }
  }

  async function read(token: string, opener: Opener): Promise<PendingSignIn> {
    const found = await store.find(openedBy(token, opener))
    if (!found) throw new AppError('invalid_one_time_token')
    return found
  }

  return {
    read,

    async approve(token, number, opener) {
      const opened = openedBy(token, opener)
      const { context } = opener
      // A missing number is no wrong one.
      if (number === undefined && !(await read(token, opener)).isHere) throw invalidMember('/number', 'required')
      const given = number === undefined ? undefined : Number(number)
      const { outcome } = await limits.emailCode({ mailbox: undefined, ip: context.ip }, async () => {
        const tried = await store.approve(opened, given, context)
        return { matches: tried === 'approved', outcome: tried }
      })
      if (outcome === 'wrong_number') throw new AppError('wrong_number')
      if (outcome === undefined) throw new AppError('invalid_one_time_token')
    },
  }
}
