/** Signing in by the link of a mail: in the client that asked, and after an approval elsewhere. */
import t from 'tap'
import { wrong } from '../../email-addresses/code-mails.ts'
import { call } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { approve, beginWithMail, byCode, byLink, inspect, otherNumber, verifiedUser } from './mail-sign-in.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const invalid = { status: 401, body: { code: 'invalid_factor' } }
const ended = { status: 401, body: { code: 'attempt_ended' } }
const pending = { status: 409, body: { code: 'approval_pending', retryable: true, retry_after_seconds: 2 } }
const start = async () => {
  const { user, email } = await verifiedUser(node)
  return { user, email, ...(await beginWithMail(node, email)) }
}

t.test('the client that asked signs in with the token of the link', async (t) => {
  const { attempt, token } = await start()
  const answer = await byLink(node, attempt, token)
  t.match(answer, { status: 200, body: { status: 'signed_in' } })
  const access = answer.body['access_token'] as string
  t.match((await call(`${node.baseUrl}/auth/whoami`, { token: access })).body, { amr: ['email'] })
  t.match(await byLink(node, attempt, token), ended, 'once')
})

t.test('a link that was approved elsewhere signs in the device that asked, and no other', async (t) => {
  const { attempt, token, number, email } = await start()
  const stranger = await beginWithMail(node, email)
  t.match(await byLink(node, attempt), pending)
  t.equal((await approve(other, token, number)).status, 204)
  t.match(await byLink(node, stranger.attempt), pending, 'another sign-in of the same user')
  t.match(await byLink(other, attempt), { status: 200, body: { status: 'signed_in' } })
  t.match(await byLink(node, attempt), ended, 'once')
  t.match(await inspect(node, token), { status: 400 })
})

t.test('to wait for the approval counts no try', async (t) => {
  const { attempt, token, number } = await start()
  for (let i = 0; i < 9; i++) t.match(await byLink(node, attempt), pending)
  await approve(node, token, number)
  t.equal((await byLink(node, attempt)).status, 200)
})

t.test('an email without an account waits for ever', async (t) => {
  const { body } = await call(`${node.baseUrl}/auth/login/email`, { body: { email: 'nobody@example.com' } })
  for (let i = 0; i < 7; i++) t.match(await byLink(node, body['attempt'] as string), pending)
  t.match(await byLink(node, body['attempt'] as string, 'A'.repeat(43)), invalid)
})

t.test('a link signs in nobody else', async (t) => {
  const [ada, grace] = [await start(), await start()]
  for (const token of [grace.token, ada.attempt, 'A'.repeat(43), 'x', '\u0000']) {
    t.match(await byLink(node, ada.attempt, token), invalid, token)
  }
  t.equal((await byLink(node, ada.attempt, ada.token)).status, 200)
})

t.test('wrong codes and wrong numbers do not end the link in the client that asked', async (t) => {
  const { attempt, token, code, number } = await start()
  for (let i = 1; i <= 6; i++) await byCode(node, attempt, wrong(code, i))
  for (let i = 1; i <= 4; i++) await approve(node, token, otherNumber(number, i))
  t.match(await byLink(node, attempt), pending)
  t.equal((await byLink(node, attempt, token)).status, 200)
})

t.test('200 requests with an approved link, its token and its code at once make one session', async (t) => {
  const { user, attempt, token, code, number } = await start()
  await approve(node, token, number)
  const send = (i: number) => {
    const at = i % 2 ? node : other
    return i % 3 === 0 ? byCode(at, attempt, code) : byLink(at, attempt, i % 3 === 1 ? token : undefined)
  }
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => send(i)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 199)
  t.equal((await pool.query('SELECT FROM sessions WHERE user_id = $1', [user.id])).rowCount, 2, 'with that of register')
})

t.test('a link that has expired signs nobody in, approved or not', async (t) => {
  const { attempt, token, number } = await start()
  await approve(node, token, number)
  await pool.query(`UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'sign_in'`)
  t.match(await byLink(node, attempt, token), invalid)
  t.match(await byLink(node, attempt), invalid)
  await pool.query('UPDATE signin_attempts SET expires_at = now()')
  t.match(await byLink(node, attempt), ended)
})
