import type { Session } from '@countersign/client'
import { useClient } from '@countersign/client/react'
import { useEffect, useState } from 'react'
import { useAction } from './use-action.ts'

export function Devices() {
  const client = useClient()
  const [sessions, setSessions] = useState<Session[]>([])
  const list = useAction(async () => setSessions((await client.api.listSessions()).sessions))
  const signOut = useAction(async ({ id = '' }) => {
    await client.api.endSession({ id })
    if (client.state().status === 'signed_in') await list.run()
  })
  // The list is read once, when it is opened.
  useEffect(() => void list.run(), [])

  return (
    <section id="devices" aria-label="Devices">
      <ul>
        {sessions.map(({ id, device, current }) => (
          <li key={id}>
            <strong>{device ?? 'Unknown device'}</strong>
            <span>{current ? 'this device' : 'another device'}</span>
            <button onClick={() => void signOut.run({ id })}>Sign out</button>
          </li>
        ))}
      </ul>
      <p role="alert">{list.error || signOut.error}</p>
    </section>
  )
}
