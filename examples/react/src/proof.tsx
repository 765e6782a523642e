import type { FactorRequired } from '@countersign/client'
import { whenApproved } from '@countersign/client'
import { signInWithPasskey } from '@countersign/client/passkeys'
import { type SignInFlow, useClient } from '@countersign/client/react'
import { useEffect } from 'react'
import { useAction } from './use-action.ts'

type Props = { owed: FactorRequired; flow: SignInFlow }

/** Asks for what a sign-in still owes: a code of an app or a mail, a recovery code, or a passkey. */
export function Proof({ owed, flow }: Props) {
  const client = useClient()
  const { attempt, factors, number } = owed
  const { run, cancel, error } = flow
  const byMail = factors.includes('email_code')
  const isWaiting = factors.includes('email_link')

  const form = useAction(async ({ code = '' }) => {
    const method = byMail ? 'email_code' : /^\d{6}$/.test(code) ? 'totp' : 'recovery_code'
    await run(() => client.api.signInWithFactor({ attempt, method, code }))
  })
  const usePasskey = () => void run(() => signInWithPasskey(client, { attempt }))

  // The link in the mail may be opened on another device, or in another tab.
  useEffect(() => {
    if (!isWaiting) return
    const waiting = new AbortController()
    whenApproved(client, { attempt, signal: waiting.signal }).then(
      (result) => void run(async () => result),
      (failed) => {
        if (!waiting.signal.aborted) void run(() => Promise.reject(failed))
      },
    )
    return () => waiting.abort()
  }, [client, attempt, isWaiting, run])

  return (
    <form id="proof" onSubmit={form.onSubmit}>
      <h2>{number ? 'Look in your mailbox' : 'One more step'}</h2>
      {number && (
        <p>
          The number of this log-in is <strong>{number}</strong>. Enter it if you open the link on another device.
        </p>
      )}
      <label>
        Code <input name="code" autoComplete="one-time-code" required />
      </label>
      <p>
        <button>Confirm</button>
        {factors.includes('passkey') && (
          <button type="button" onClick={usePasskey}>
            Use a passkey
          </button>
        )}
        <button type="button" onClick={cancel}>
          Back
        </button>
      </p>
      <p role="alert">{error?.message}</p>
    </form>
  )
}
