/** Adds a passkey during a sign-in whose user must have a second factor and has none. The sign-in goes on with it. */
import type { SigninResult } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { Enrolment, OpenEnrolment } from '../open-enrolment.ts'
import type { AddPasskey } from './add-passkey.ts'
import type { ChallengeUse } from './challenge.ts'
import type { CreatedCredential } from './credential.ts'
import type { CreationOptions } from './options.ts'

type Dependencies = {
  openEnrolment: OpenEnrolment
  addPasskey: AddPasskey
}

type Enrolled = { readonly result: SigninResult; readonly recoveryCodes: readonly string[] | undefined }

/** Both end as `OpenEnrolment` does. */
export type EnrolPasskey = {
  readonly options: (attempt: string, client: Client) => Promise<CreationOptions>
  /** The session and the recovery codes. Ends as `AddPasskey` does too. */
  readonly enrol: (
    attempt: string,
    wish: { readonly credential: CreatedCredential; readonly name: string | undefined },
    client: Client,
  ) => Promise<Enrolled>
}

export function createEnrolPasskey({ openEnrolment, addPasskey }: Dependencies): EnrolPasskey {
  const useOf = ({ attempt }: Enrolment): ChallengeUse => ({
    purpose: 'enrol',
    binding: attempt.stored.id.toString('base64url'),
  })

  return {
    async options(token, client) {
      const enrolment = await openEnrolment(token, 'passkey', client)
      return addPasskey.options(enrolment.account.id, useOf(enrolment))
    },

    async enrol(token, wish, client) {
      const enrolment = await openEnrolment(token, 'passkey', client)
      const wanted = { ...wish, use: useOf(enrolment), by: () => enrolment.by, context: client.context }
      const { added, account, amr } = await addPasskey.add(enrolment.account.id, wanted)
      return { result: await enrolment.goOn(account, amr), recoveryCodes: added.recovery_codes }
    },
  }
}
