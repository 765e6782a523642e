/** The page shows who is logged in, in this tab and in all other tabs of the app. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { call, isLoggedOut } from './api.ts'
import { createDevices } from './devices.ts'

type User = { email: string; name: string | null }

const find = (id: string) => document.getElementById(id) as HTMLElement
const entry = find('entry') as HTMLFormElement
const rename = find('rename') as HTMLFormElement
const claims = find('claims')
const devices = createDevices({ attempt, onLeft: () => changeTo(null) })

// With SIGNUP=verified the server answers every registration alike, so the app can say no more than this.
const lookInMailbox =
  'Look in your mailbox: the link in the mail opens your account, and then you can log in. If nothing comes, register again.'

/** Shows the page of a user, or with null the login form. */
function show(user: User | null) {
  find('error').textContent = ''
  find('notice').textContent = ''
  entry.hidden = user !== null
  find('account').hidden = user === null
  find('greeting').textContent = user?.name ?? user?.email ?? ''
  claims.hidden = true
  devices.hide()
  entry.reset()
  rename.reset()
}

// A message reaches every tab except the one that sends it.
const otherTabs = new BroadcastChannel('user')
otherTabs.addEventListener('message', ({ data }: MessageEvent<User | null>) => show(data))

function changeTo(user: User | null) {
  show(user)
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel never leaves its origin
  otherTabs.postMessage(user)
}

/** Runs an action of the user. Without a session it shows the login form, and otherwise the message of an error. */
async function attempt(work: () => Promise<void>) {
  find('error').textContent = ''
  find('notice').textContent = ''
  try {
    await work()
  } catch (error) {
    if (isLoggedOut(error)) changeTo(null)
    else find('error').textContent = error instanceof Error ? error.message : String(error)
  }
}

entry.addEventListener('submit', (event) => {
  event.preventDefault()
  const path = event.submitter?.getAttribute('name') === 'register' ? '/auth/register' : '/auth/login'
  const body = Object.fromEntries(new FormData(entry))
  void attempt(async () => {
    const { user } = await call<{ user?: User }>('POST', path, body)
    if (user) changeTo(user)
    else find('notice').textContent = lookInMailbox
  })
})

rename.addEventListener('submit', (event) => {
  event.preventDefault()
  const body = Object.fromEntries(new FormData(rename))
  void attempt(async () => changeTo(await call<User>('PATCH', '/auth/me', body)))
})

find('whoami').addEventListener('click', () => {
  void attempt(async () => {
    claims.textContent = JSON.stringify(await call<object>('GET', '/auth/whoami'), null, 2)
    claims.hidden = false
  })
})

find('show-devices').addEventListener('click', () => {
  void attempt(devices.show)
})

find('logout').addEventListener('click', () => {
  void attempt(async () => {
    await call('POST', '/auth/logout')
    changeTo(null)
  })
})

// The page does not remember who is logged in. It asks the server.
void attempt(async () => show(await call<User>('GET', '/auth/me')))
