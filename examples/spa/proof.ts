/** The form for one more proof: to go on with a sign-in, or to sign in again before an action. */
/// <reference lib="dom" />
import { type SignInResult, whenApproved } from '@countersign/client'
import { reauthenticateWithPasskey, signInWithPasskey } from '@countersign/client/passkeys'
import { client } from './auth.ts'
import { enrol } from './setup.ts'
import { attempt, button, field, find, form, onStepUp, onSubmit, showField, showPart } from './view.ts'

type Work = () => void | Promise<void>
type Asked = {
  title: string
  factors: readonly string[]
  number?: string | undefined
  prove: (fields: { password: string; code: string }) => Promise<SignInResult>
  passkey: () => Promise<SignInResult>
  /** Sends a code by mail, and asks for it. */
  sendMail?: () => Promise<void>
  done: Work
}

let asked: Asked
let waiting = new AbortController()

function ask(next: Asked): void {
  waiting.abort()
  asked = next
  const { title, factors, number, sendMail } = next
  form('proof').reset()
  form('proof').querySelector('h2')?.replaceChildren(title)
  find('number').hidden = !number
  find('number')
    .querySelector('strong')
    ?.replaceChildren(number ?? '')
  showField(field('proof', 'password'), factors.includes('password'))
  showField(
    field('proof', 'code'),
    ['totp', 'recovery_code', 'email_code'].some((one) => factors.includes(one)),
  )
  button('proof', 'passkey').hidden = !factors.includes('passkey')
  button('proof', 'email').hidden = !sendMail
  showPart('proof')
}

/** Six digits are of the mail or the app, and anything else is a recovery code. */
const methodOf = (code: string, factors: readonly string[]) =>
  !/^\d{6}$/.test(code) ? 'recovery_code' : factors.includes('email_code') ? 'email_code' : 'totp'

/** Goes on with a sign-in until the user owes nothing more. Then the client tells the page. */
export async function goOn(result: SignInResult, done: Work = () => {}): Promise<void> {
  if (result.status === 'signed_in') return done()
  const { attempt: token, factors, enrolment, number } = result
  if (enrolment) return enrol(token)
  ask({
    title: number ? 'Look in your mailbox' : 'One more step',
    factors,
    number,
    prove: ({ code }) => client.api.signInWithFactor({ attempt: token, method: methodOf(code, factors), code }),
    passkey: () => signInWithPasskey(client, { attempt: token }),
    done,
  })
  if (factors.includes('email_link')) void waitForLink(token, done)
}

/** The link in the mail may be opened on another device, or in another tab. */
async function waitForLink(token: string, done: Work): Promise<void> {
  waiting = new AbortController()
  const { signal } = waiting
  await attempt(async () => {
    const result = await whenApproved(client, { attempt: token, signal }).catch((error) => {
      if (!signal.aborted) throw error
    })
    if (result && !signal.aborted) await goOn(result, done)
  })
}

/** Asks a user who is signed in for a factor, or for the password if there is none. */
async function askAgain(done: Work): Promise<void> {
  const { factors } = await client.api.listFactors()
  const kinds = factors.map(({ kind }) => kind)
  const shared = { title: 'Confirm that it is you', passkey: () => reauthenticateWithPasskey(client), done }
  if (kinds.length > 0) {
    const prove: Asked['prove'] = ({ code }) => client.api.reauthenticate({ method: methodOf(code, kinds), code })
    return ask({ ...shared, factors: [...kinds, 'recovery_code'], prove })
  }
  const prove: Asked['prove'] = ({ password }) => client.api.reauthenticate({ password })
  ask({ ...shared, factors: ['password'], prove, sendMail })

  async function sendMail(): Promise<void> {
    const { attempt: token } = await client.api.requestReauthenticationCode()
    const proveCode: Asked['prove'] = ({ code }) =>
      client.api.reauthenticate({ method: 'email_code', attempt: token, code })
    ask({ ...shared, title: 'Look in your mailbox', factors: ['email_code'], prove: proveCode })
  }
}

export function createProofForm({ showUser }: { showUser: () => void }): void {
  onSubmit('proof', async ({ password = '', code = '' }, pressed) => {
    const { prove, passkey, sendMail, done } = asked
    if (pressed === 'email') return sendMail?.()
    const result = pressed === 'passkey' ? await passkey() : await prove({ password, code: code.trim() })
    waiting.abort()
    await goOn(result, done)
  })
  form('proof')
    .querySelector('[type=button]')
    ?.addEventListener('click', () => {
      waiting.abort()
      showUser()
    })
  onStepUp((refused) =>
    askAgain(() => {
      showUser()
      return attempt(refused)
    }),
  )
}
