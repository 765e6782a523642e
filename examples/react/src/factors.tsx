import type { Factor } from '@countersign/client'
import { addPasskey, forgetRemovedPasskeys } from '@countersign/client/passkeys'
import { useClient } from '@countersign/client/react'
import { useEffect, useState } from 'react'
import { AddApp } from './add-app.tsx'
import { useAction } from './use-action.ts'

type Props = { showCodes: (codes: readonly string[] | undefined) => void }

/** The factors of the user, and buttons to add, rename and remove them. */
export function Factors({ showCodes }: Props) {
  const client = useClient()
  const [factors, setFactors] = useState<Factor[]>([])
  const [isAdding, setAdding] = useState(false)
  const list = useAction(async () => setFactors((await client.api.listFactors()).factors))
  // The list is read once, when it is opened.
  useEffect(() => void list.run(), [])

  const action = useAction(async ({ id = '', name = '' }, button) => {
    if (button === 'rename') await client.api.renameFactor({ id, name })
    else if (button === 'remove') {
      const { accepted_credentials } = await client.api.removeFactor({ id })
      if (accepted_credentials) await forgetRemovedPasskeys(accepted_credentials)
    } else if (button === 'passkey') showCodes((await addPasskey(client)).recovery_codes)
    else showCodes((await client.api.createRecoveryCodes()).recovery_codes)
    await list.run()
  })

  if (isAdding)
    return (
      <AddApp
        begin={() => client.api.beginTotp()}
        confirm={async ({ id }, code) => {
          showCodes((await client.api.confirmTotp({ id, code })).recovery_codes)
          setAdding(false)
          await list.run()
        }}
      />
    )
  return (
    <section id="factors" aria-label="Second factors and passkeys">
      <ul>
        {factors.map(({ id, kind, name }) => (
          <li key={id}>
            <form onSubmit={action.onSubmit}>
              <input type="hidden" name="id" value={id} />
              <input name="name" aria-label="Name" defaultValue={name} required />
              <span>{kind === 'totp' ? 'authenticator app' : 'passkey'}</span>
              <button name="rename">Rename</button>
              <button name="remove">Remove</button>
            </form>
          </li>
        ))}
      </ul>
      <button onClick={() => setAdding(true)}>Add an authenticator app</button>
      <button onClick={() => void action.run({}, 'passkey')}>Add a passkey</button>
      {factors.length > 0 && <button onClick={() => void action.run({}, 'codes')}>New recovery codes</button>}
      <p role="alert">{list.error || action.error}</p>
    </section>
  )
}
