/** The devices of the user, with buttons to sign them out. */
/// <reference lib="dom" />
import type { Session } from '@countersign/client'
import { client } from './auth.ts'
import { attempt, find } from './view.ts'

const section = find('devices')
const list = section.querySelector('ul') as HTMLUListElement
const signOutOthers = section.querySelector('button') as HTMLButtonElement

export function createDevices() {
  async function show() {
    const { sessions, total } = await client.api.listSessions()
    list.replaceChildren(...sessions.map(entry))
    signOutOthers.hidden = total < 2
    section.hidden = false
  }

  function entry(session: Session): HTMLLIElement {
    const { current, device, ip, last_used_at } = session
    const item = document.createElement('li')
    const name = document.createElement('strong')
    name.textContent = device ?? 'Unknown device'
    const details = document.createElement('span')
    const used = current ? 'this device' : `last used ${new Date(last_used_at).toLocaleString()}`
    details.textContent = [used, ip].filter(Boolean).join(' · ')
    const button = document.createElement('button')
    button.className = 'quiet'
    button.textContent = 'Sign out'
    button.addEventListener('click', () => void attempt(() => signOut(session)))
    item.append(name, details, button)
    return item
  }

  async function signOut({ id, current }: Session) {
    await client.api.endSession({ id })
    if (!current) await show()
  }

  signOutOthers.addEventListener('click', () => {
    void attempt(async () => {
      await client.api.endSessions()
      await show()
    })
  })

  return { show }
}
