import { useClient } from '@countersign/client/react'
import type { Asked } from './auth.ts'
import { useAction } from './use-action.ts'

const titles = { reset: 'Choose a new password', verify: 'Confirm your email address', open: 'Open your account' }
const done = { reset: 'Your password was changed.', verify: 'Your address is confirmed.', open: 'You can log in.' }

/** The form for a link or a code. Programs that check mail open links too, so a link changes nothing until the user confirms. */
export function MailForm({ asked, onDone }: { asked: Asked; onDone: (notice?: string) => void }) {
  const client = useClient()
  const { error, onSubmit } = useAction(async ({ code = '', password = '' }) => {
    const proof = asked.token ? { token: asked.token } : { verification_id: asked.verification_id ?? '', code }
    if (asked.purpose === 'reset') await client.api.resetPassword({ ...proof, password })
    else await client.api.verifyEmail({ ...proof, ...(password && { new_password: password }) })
    // A new password has ended the sessions of the user, and a verified address is shown.
    await client.user()
    onDone(done[asked.purpose])
  })

  return (
    <form id="mail" onSubmit={onSubmit}>
      <h2>{titles[asked.purpose]}</h2>
      {!asked.token && (
        <label>
          Code <input name="code" inputMode="numeric" autoComplete="one-time-code" pattern="\d{6}" required />
        </label>
      )}
      {asked.purpose !== 'verify' && (
        <label>
          New password{' '}
          <input
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={8}
            defaultValue={asked.password}
            required
          />
        </label>
      )}
      <p>
        <button>Confirm</button>
        <button type="button" onClick={() => onDone()}>
          Back
        </button>
      </p>
      <p role="alert">{error}</p>
    </form>
  )
}
