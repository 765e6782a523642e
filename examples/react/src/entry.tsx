import { useClient } from '@countersign/client/react'
import type { Asked } from './auth.ts'
import { useAction } from './use-action.ts'

export function Entry({ ask }: { ask: (asked: Asked, notice?: string) => void }) {
  const client = useClient()
  const { error, onSubmit } = useAction(async ({ email = '', password = '' }, button) => {
    if (button === 'login') await client.signIn({ email, password })
    else if (button === 'forgot') {
      const { verification_id } = await client.api.forgotPassword({ email })
      ask({ purpose: 'reset', verification_id }, 'If there is an account, a mail is on its way.')
    } else {
      const result = await client.register({ email, password })
      if (result.status === 'signed_in') return
      ask({ purpose: 'open', verification_id: result.verificationId, password }, 'Look in your mailbox.')
    }
  })

  return (
    <form id="entry" onSubmit={onSubmit}>
      <h2>Come in</h2>
      <label>
        Email <input name="email" type="email" autoComplete="username" required />
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
      </p>
      <p role="alert">{error}</p>
    </form>
  )
}
