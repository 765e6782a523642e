/** Signing in by mail, in an app in bearer mode. */
import t from 'tap'
import { whenApproved } from '../../../packages/client/src/index.ts'
import { approve } from '../../factors/email-codes/mail-sign-in.ts'
import { codeTo, linkTo } from '../../setup/read-mails.ts'
import { createApp, signedIn, startWithUser } from './app.ts'

const { node, credentials } = await startWithUser(t)
const { email } = credentials

/** An app that asked for a mail. */
async function begin() {
  const app = createApp(t, node)
  const result = await app.client.api.requestEmailSignIn({ email })
  await node.app.afterAnswers()
  if (result.status !== 'factor_required') throw new Error(result.status)
  return { ...app, ...result }
}

t.test('the code of the mail signs in', async (t) => {
  const { client, attempt, factors } = await begin()
  t.same(factors, ['email_code', 'email_link'])
  const code = await codeTo(node, email)
  const { sessionId } = signedIn(await client.api.signInWithFactor({ attempt, method: 'email_code', code }))
  t.match(await client.session(), { status: 'signed_in', sessionId })
})

t.test('the link on another device signs in once its number was entered, and the app asks until then', async (t) => {
  const { client, network, attempt, number } = await begin()
  const token = await linkTo(node, email)
  let isApproved = false
  network.onAnswer = async (path) => {
    if (path !== '/auth/login/factor' || isApproved) return
    isApproved = true
    t.equal((await approve(node, token, number)).status, 204)
  }
  signedIn(await whenApproved(client, { attempt }))
  t.ok(network.count('/auth/login/factor') > 1)
  t.match(await client.session(), { status: 'signed_in' })
})

t.test('an app that waits for the approval can stop, and an attempt that is over ends the wait', async (t) => {
  const { client, network, attempt } = await begin()
  const stop = new AbortController()
  network.onAnswer = async () => stop.abort(new Error('the user closed the dialog'))
  await t.rejects(whenApproved(client, { attempt, signal: stop.signal }), { message: 'the user closed the dialog' })
  await t.rejects(whenApproved(client, { attempt: 'an attempt that is over' }), { code: 'attempt_ended' })
})
