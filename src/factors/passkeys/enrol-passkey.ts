/** Adds a passkey during a sign-in whose user must have a second factor and has none. The sign-in goes on with it. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { Advance, SigninResult } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { Attempts, OpenedAttempt } from '../../signin/attempts.ts'
import type { FactorPolicy } from '../../signin/policy.ts'
import type { AddPasskey } from './add-passkey.ts'
import type { ChallengeUse } from './challenge.ts'
import type { CreatedCredential } from './credential.ts'
import type { CreationOptions } from './options.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  attempts: Pick<Attempts, 'open'>
  policy: Pick<FactorPolicy, 'owes'>
  addPasskey: AddPasskey
  advance: Advance
}

type Enrolled = { readonly result: SigninResult; readonly recoveryCodes: readonly string[] | undefined }

/** Both end in `attempt_ended`, also if the user owes no new factor. */
export type EnrolPasskey = {
  readonly options: (attempt: string, client: Client) => Promise<CreationOptions>
  /** The session and the recovery codes. Ends as `AddPasskey` does too. */
  readonly enrol: (
    attempt: string,
    wish: { readonly credential: CreatedCredential; readonly name: string | undefined },
    client: Client,
  ) => Promise<Enrolled>
}

export function createEnrolPasskey({ accounts, attempts, policy, addPasskey, advance }: Dependencies): EnrolPasskey {
  /** The attempt and its user, if the user may add a passkey with it. */
  async function open(token: string, client: Client) {
    const attempt = await attempts.open(token, client, { counts: false })
    const { userId, credentialVersion } = attempt.stored
    const account = userId === null ? null : await accounts.findById(userId)
    if (!account || credentialVersion !== account.credentialVersion) throw new AppError('attempt_ended')
    const owed = policy.owes(account, attempt.goal, attempt.amr)
    if (!owed?.enrolment?.includes('passkey')) throw new AppError('attempt_ended')
    return { attempt, userId: account.id, credentialVersion }
  }

  const useOf = ({ stored }: OpenedAttempt): ChallengeUse => ({
    purpose: 'enrol',
    binding: stored.id.toString('base64url'),
  })

  return {
    async options(token, client) {
      const { attempt, userId } = await open(token, client)
      return addPasskey.options(userId, useOf(attempt))
    },

    async enrol(token, wish, client) {
      const { attempt, userId, credentialVersion } = await open(token, client)
      const { stored } = attempt
      const use = useOf(attempt)
      const by = () => ({ userId, attemptId: stored.id, credentialVersion })
      const { added, account, amr } = await addPasskey.add(userId, { ...wish, use, by, context: client.context })
      // The new factor has raised the version that the attempt was begun with.
      const renewed = { ...attempt, stored: { ...stored, credentialVersion: account.credentialVersion } }
      return { result: await advance(renewed, { account, amr }), recoveryCodes: added.recovery_codes }
    },
  }
}
