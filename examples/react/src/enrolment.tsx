import type { SignInResult } from '@countersign/client'
import { enrolPasskey } from '@countersign/client/passkeys'
import { type SignInFlow, useClient } from '@countersign/client/react'
import { AddApp } from './add-app.tsx'
import { useAction } from './use-action.ts'

type Props = { attempt: string; run: SignInFlow['run']; showCodes: (codes: readonly string[]) => void }

/** For a sign-in whose user must add a factor first. The last answer signs the user in, and has the recovery codes. */
export function Enrolment({ attempt, run, showCodes }: Props) {
  const client = useClient()
  async function enrol(step: () => Promise<SignInResult>): Promise<void> {
    const result = await step()
    if (result.status === 'signed_in' && result.recoveryCodes) showCodes(result.recoveryCodes)
    else await run(async () => result)
  }
  const enrolment = useAction(() => enrol(() => enrolPasskey(client, { attempt })))

  return (
    <>
      <AddApp
        begin={() => client.api.enrolTotp({ attempt })}
        confirm={(_, code) => enrol(() => client.api.confirmEnrolledTotp({ attempt, code }))}
      />
      <button onClick={() => void enrolment.run()}>Use a passkey instead</button>
      <p role="alert">{enrolment.error}</p>
    </>
  )
}
