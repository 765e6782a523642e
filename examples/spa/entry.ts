/** The login form: by password, passkey or mail. */
/// <reference lib="dom" />
import { offersPasskeys, signInWithPasskey } from '@countersign/client/passkeys'
import { client } from './auth.ts'
import { askFor } from './mail.ts'
import { goOn } from './proof.ts'
import { onSubmit, say, showError } from './view.ts'

let autofill = new AbortController()

/** Offers passkeys in the field of the email. The browser has one request for passkeys at a time, so each ends the one before. */
export async function offerPasskeys(): Promise<void> {
  autofill.abort()
  autofill = new AbortController()
  const { signal } = autofill
  if (!(await offersPasskeys()) || signal.aborted) return
  // It runs in the background, so it leaves the notices of the page alone.
  await signInWithPasskey(client, { conditional: true, signal })
    .then((result) => goOn(result))
    .catch((error) => {
      if (!signal.aborted) showError(error)
    })
}

onSubmit('entry', async ({ email = '', password = '' }, pressed) => {
  autofill.abort()
  if (pressed === 'login') await goOn(await client.signIn({ email, password }))
  else if (pressed === 'passkey') await goOn(await signInWithPasskey(client))
  else if (pressed === 'email') await goOn(await client.api.requestEmailSignIn({ email }))
  else if (pressed === 'forgot') {
    askFor({ purpose: 'reset', ...(await client.api.forgotPassword({ email })) })
    say('If there is an account, a mail is on its way. Enter its code, or open its link.')
  } else {
    const result = await client.register({ email, password })
    if (result.status !== 'accepted') return goOn(result)
    askFor({ purpose: 'open', verification_id: result.verificationId, password })
    // With SIGNUP=verified the server answers every registration alike, so the app can say no more than this.
    say('Look in your mailbox. Enter the code of the mail, or open its link. If nothing comes, register again.')
  }
})
