/** The form for what a mail has brought: a link, or a code of six digits. */
/// <reference lib="dom" />
import { client, link } from './auth.ts'
import { field, form, onSubmit, say, showField, showPart } from './view.ts'

type Purpose = keyof typeof titles
type Asked = { purpose: Purpose; token?: string; verification_id?: string; password?: string }

const titles = { reset: 'Choose a new password', verify: 'Confirm your email address', open: 'Open your account' }
const done = { reset: 'Your password was changed.', verify: 'Your address is confirmed.', open: 'You can log in.' }
const mail = form('mail')
let asked: Asked

/** Asks for the code, unless the user has opened the link. */
export function askFor(given: Asked): void {
  asked = given
  mail.reset()
  showField(field('mail', 'code'), !given.token)
  showField(field('mail', 'password'), given.purpose !== 'verify')
  field('mail', 'password').value = given.password ?? ''
  mail.querySelector('h2')?.replaceChildren(titles[given.purpose])
  showPart('mail')
}

export function createMailForm({ showUser }: { showUser: () => void }): void {
  onSubmit('mail', async ({ code = '', password = '' }) => {
    const sent = asked.token ? { token: asked.token } : { verification_id: asked.verification_id ?? '', code }
    if (asked.purpose === 'reset') await client.api.resetPassword({ ...sent, password })
    else await client.api.verifyEmail({ ...sent, ...(password && { new_password: password }) })
    // A new password has ended the sessions of the user, and a verified address is shown.
    await client.user()
    showUser()
    say(done[asked.purpose])
  })
  mail.querySelector('[type=button]')?.addEventListener('click', showUser)

  // Programs that check mail open links too. So the link only shows the form.
  const purposes: Record<string, Purpose> = { '/reset-password': 'reset', '/open-account': 'open' }
  if (link) askFor({ purpose: purposes[link.path] ?? 'verify', token: link.token })
}
