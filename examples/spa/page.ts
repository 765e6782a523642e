/** The page shows who is logged in, in this tab and in all other tabs of the app. */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { createApproval } from './approve.ts'
import { client, link } from './auth.ts'
import { createDevices } from './devices.ts'
import { offerPasskeys } from './entry.ts'
import { createFactors } from './factors.ts'
import { askFor, createMailForm } from './mail.ts'
import { createProofForm } from './proof.ts'
import { createSetup } from './setup.ts'
import { attempt, find, form, isBusy, onSubmit, say, showPart } from './view.ts'

const devices = createDevices()
const { showCodes } = createSetup({ showUser })
const factors = createFactors({ showCodes })
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
  for (const id of ['claims', 'devices', 'factors', 'password']) find(id).hidden = true
  for (const id of ['entry', 'rename', 'password']) form(id).reset()
  if (!user) void offerPasskeys()
}

client.onChange(({ type }) => {
  if (type === 'offline' || type === 'online') find('offline').hidden = type === 'online'
  else if (type !== 'refreshed' && !isBusy()) showUser()
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

onClick('show-factors', factors.show)

onClick('show-password', async () => {
  find('password').hidden = false
})

onClick('logout', () => client.signOut())

if (link?.path === '/sign-in') createApproval({ token: link.token, showUser })
else createMailForm({ showUser })
createProofForm({ showUser })
void attempt(async () => void (await client.session()))
