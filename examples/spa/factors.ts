/** The second factors and passkeys of the user: add, rename, remove, and new recovery codes. */
/// <reference lib="dom" />
import type { Factor } from '@countersign/client'
import { addPasskey, forgetRemovedPasskeys } from '@countersign/client/passkeys'
import { client } from './auth.ts'
import { addApp } from './setup.ts'
import { attempt, find } from './view.ts'

const section = find('factors')
const list = section.querySelector('ul') as HTMLUListElement

export function createFactors({ showCodes }: { showCodes: (codes: readonly string[] | undefined) => void }) {
  async function show(): Promise<void> {
    const { factors, recovery_codes_left } = await client.api.listFactors()
    list.replaceChildren(...factors.map(entry))
    find('codes-left').textContent = factors.length > 0 ? `${recovery_codes_left} recovery codes are left.` : ''
    find('new-codes').hidden = factors.length === 0
    section.hidden = false
  }

  function entry({ id, kind, name, last_used_at }: Factor): HTMLLIElement {
    const item = document.createElement('li')
    const title = document.createElement('strong')
    title.textContent = name
    const details = document.createElement('span')
    const used = last_used_at ? `last used ${new Date(last_used_at).toLocaleString()}` : 'not used yet'
    details.textContent = `${kind === 'totp' ? 'authenticator app' : 'passkey'} · ${used}`
    const rename = quietButton('Rename', async () => {
      const chosen = prompt('Name', name)
      if (chosen) await client.api.renameFactor({ id, name: chosen })
      await show()
    })
    const remove = quietButton('Remove', async () => {
      const { accepted_credentials } = await client.api.removeFactor({ id })
      if (accepted_credentials) await forgetRemovedPasskeys(accepted_credentials)
      await show()
    })
    item.append(title, details, rename, remove)
    return item
  }

  const onClick = (id: string, work: () => Promise<void>) =>
    find(id).addEventListener('click', () => void attempt(work))
  onClick('add-app', addApp)
  onClick('add-passkey', async () => {
    const { recovery_codes } = await addPasskey(client)
    showCodes(recovery_codes)
    await show()
  })
  onClick('new-codes', async () => {
    showCodes((await client.api.createRecoveryCodes()).recovery_codes)
  })

  return { show }
}

function quietButton(label: string, work: () => Promise<void>): HTMLButtonElement {
  const button = document.createElement('button')
  button.className = 'quiet'
  button.textContent = label
  button.addEventListener('click', () => void attempt(work))
  return button
}
