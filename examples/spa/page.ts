/** The page shows who is logged in, in this tab and in all other tabs of the app. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { client } from './auth.ts'
import { createDevices } from './devices.ts'
import { askFor, createMailForm } from './mail.ts'
import { attempt, find, form, onSubmit, say, showPart } from './view.ts'

const devices = createDevices()
const onClick = (id: string, work: () => Promise<void>) => find(id).addEventListener('click', () => void attempt(work))

/** Shows the page of the user, or the login form. */
function showUser(): void {
  const { status, user } = client.state()
  if (status === 'unknown') return
  say('')
  showPart(user ? 'account' : 'entry')
  find('greeting').textContent = user?.name ?? user?.email ?? ''
  find('greeting').title = user?.email ?? ''
  find('unverified').hidden = user?.email_verified !== false
  for (const id of ['claims', 'devices', 'password']) find(id).hidden = true
  for (const id of ['entry', 'rename', 'password']) form(id).reset()
}

client.onChange(({ type }) => {
  if (type === 'offline' || type === 'online') find('offline').hidden = type === 'online'
  // The form for a link or a code stays until the user has done with it.
  else if (type !== 'refreshed' && find('mail').hidden) showUser()
})

onSubmit('entry', async ({ email = '', password = '' }, button) => {
  if (button === 'login') await client.signIn({ email, password })
  else if (button === 'forgot') {
    askFor({ purpose: 'reset', ...(await client.api.forgotPassword({ email })) })
    say('If there is an account, a mail is on its way. Enter its code, or open its link.')
  } else {
    const result = await client.register({ email, password })
    if (result.status !== 'accepted') return
    askFor({ purpose: 'open', verification_id: result.verificationId, password })
    // With SIGNUP=verified the server answers every registration alike, so the app can say no more than this.
    say('Look in your mailbox. Enter the code of the mail, or open its link. If nothing comes, register again.')
  }
})

onSubmit('rename', async ({ name = '' }) => void (await client.api.updateMe({ name })))

onSubmit('password', async ({ current_password = '', new_password = '' }) => {
  await client.api.changePassword({ current_password, new_password })
  showUser()
  say('Your password was changed. All other devices are signed out.')
})

onClick('unverified', async () => {
  const email = find('greeting').title
  askFor({ purpose: 'verify', ...(await client.api.resendVerification({ email })) })
})

onClick('whoami', async () => {
  find('claims').textContent = JSON.stringify(await client.api.whoami(), null, 2)
  find('claims').hidden = false
})

onClick('show-devices', devices.show)

onClick('show-password', async () => {
  find('password').hidden = false
})

onClick('logout', () => client.signOut())

createMailForm({ showUser })
void attempt(async () => void (await client.session()))
