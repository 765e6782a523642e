import { useClient, useUser } from '@countersign/client/react'
import { useState } from 'react'
import type { Asked } from './auth.ts'
import { Devices } from './devices.tsx'
import { Factors } from './factors.tsx'
import { useAction } from './use-action.ts'

type Props = {
  ask: (asked: Asked) => void
  say: (notice: string) => void
  showCodes: (codes: readonly string[] | undefined) => void
}

export function Account({ ask, say, showCodes }: Props) {
  const client = useClient()
  const user = useUser()
  const [opened, setOpened] = useState<'devices' | 'factors' | 'password'>()
  const logout = useAction(() => client.signOut())
  const sendCode = useAction(async () => {
    const { verification_id } = await client.api.resendVerification({ email: user?.email ?? '' })
    ask({ purpose: 'verify', verification_id })
  })

  return (
    <section id="account">
      <h2>Hello, {user?.name ?? user?.email}</h2>
      {!user?.email_verified && (
        <p>
          Your email address is not verified. <button onClick={() => void sendCode.run()}>Send a code</button>
        </p>
      )}
      <p>
        <button onClick={() => setOpened('devices')}>Devices</button>
        <button onClick={() => setOpened('password')}>Password</button>
        <button onClick={() => setOpened('factors')}>Security</button>
        <button onClick={() => void logout.run()}>Log out</button>
      </p>
      {opened === 'devices' && <Devices />}
      {opened === 'factors' && <Factors showCodes={showCodes} />}
      {opened === 'password' && <Password say={say} />}
      <p role="alert">{logout.error || sendCode.error}</p>
    </section>
  )
}

function Password({ say }: Pick<Props, 'say'>) {
  const client = useClient()
  const { error, onSubmit } = useAction(async ({ current_password = '', new_password = '' }) => {
    await client.api.changePassword({ current_password, new_password })
    say('Your password was changed. All other devices are signed out.')
  })

  return (
    <form id="password" onSubmit={onSubmit}>
      <label>
        Current password <input name="current_password" type="password" autoComplete="current-password" required />
      </label>
      <label>
        New password <input name="new_password" type="password" autoComplete="new-password" minLength={8} required />
      </label>
      <button>Change</button>
      <p role="alert">{error}</p>
    </form>
  )
}
