import { offersPasskeys, signInWithPasskey } from '@countersign/client/passkeys'
import { useClient, useSignIn } from '@countersign/client/react'
import { useEffect, useRef } from 'react'
import type { Asked } from './auth.ts'
import { Enrolment } from './enrolment.tsx'
import { Proof } from './proof.tsx'
import { useAction } from './use-action.ts'

type Props = {
  ask: (asked: Asked, notice?: string) => void
  showCodes: (codes: readonly string[]) => void
}

/** The login form, and the steps after it. */
export function Entry({ ask, showCodes }: Props) {
  const client = useClient()
  const flow = useSignIn()
  const { owed, run } = flow
  const autofill = useRef(new AbortController())

  // The browser offers passkeys in the field of the email while the form is shown.
  useEffect(() => {
    if (owed) return
    const { signal } = (autofill.current = new AbortController())
    void offersPasskeys().then(async (offers) => {
      if (offers && !signal.aborted) await signInWithPasskey(client, { conditional: true, signal }).catch(() => {})
    })
    return () => autofill.current.abort()
  }, [client, owed])

  const { error, onSubmit } = useAction(async ({ email = '', password = '' }, button) => {
    // A browser has one request for passkeys at a time.
    autofill.current.abort()
    if (button === 'login') await run(() => client.signIn({ email, password }))
    else if (button === 'passkey') await run(() => signInWithPasskey(client))
    else if (button === 'email') await run(() => client.api.requestEmailSignIn({ email }))
    else if (button === 'forgot') {
      const { verification_id } = await client.api.forgotPassword({ email })
      ask({ purpose: 'reset', verification_id }, 'If there is an account, a mail is on its way.')
    } else {
      const result = await run(() => client.register({ email, password }))
      if (result?.status !== 'accepted') return
      ask({ purpose: 'open', verification_id: result.verificationId, password }, 'Look in your mailbox.')
    }
  })

  if (owed?.enrolment) return <Enrolment attempt={owed.attempt} run={run} showCodes={showCodes} />
  if (owed) return <Proof owed={owed} flow={flow} />
  return (
    <form id="entry" onSubmit={onSubmit}>
      <h2>Come in</h2>
      <label>
        Email <input name="email" type="email" autoComplete="username webauthn" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" minLength={8} required />
      </label>
      <p>
        <button name="login">Log in</button>
        <button name="register">Register</button>
        <button name="forgot" formNoValidate>
          Forgot the password?
        </button>
        <button name="passkey" formNoValidate>
          Use a passkey
        </button>
        <button name="email" formNoValidate>
          Mail me a code
        </button>
      </p>
      <p role="alert">{error || flow.error?.message}</p>
    </form>
  )
}
