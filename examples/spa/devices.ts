/** The devices of the user, with buttons to sign them out. */
/// <reference lib="dom" />
import { call } from './api.ts'

type Session = { id: string; current: boolean; device: string | null; ip: string | null; last_used_at: string }
type SessionList = { sessions: Session[]; total: number }

type Given = {
  /** Runs the action of a button, and shows its error. */
  attempt: (work: () => Promise<void>) => Promise<void>
  /** Is called when this device was signed out. */
  onLeft: () => void
}

const section = document.getElementById('devices') as HTMLElement
const list = section.querySelector('ul') as HTMLUListElement
const signOutOthers = section.querySelector('button') as HTMLButtonElement

export function createDevices({ attempt, onLeft }: Given) {
  async function show() {
    const { sessions, total } = await call<SessionList>('GET', '/auth/sessions')
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
    await call('DELETE', `/auth/sessions/${id}`)
    if (current) onLeft()
    else await show()
  }

  signOutOthers.addEventListener('click', () => {
    void attempt(async () => {
      await call('DELETE', '/auth/sessions')
      await show()
    })
  })

  return {
    show,
    hide: () => {
      section.hidden = true
    },
  }
}
