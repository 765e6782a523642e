/** The request for a mail that signs in: its answer, its mail, and what it stores. */
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { mailsTo } from '../../setup/read-mails.ts'
import { begin } from './mail-sign-in.ts'

const node = await startNode(t)
const { pool } = node.database
const rows = async (table: string) => (await pool.query(`SELECT * FROM ${table}`)).rows
const ask = (body: object) => call(`${node.baseUrl}/auth/login/email`, { body })

t.test('the answer has the attempt, a number of two digits, and ten minutes', async (t) => {
  const answer = await ask({ email: 'nobody@example.com' })
  await node.app.afterAnswers()
  t.equal(answer.status, 202)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  t.match(answer.body, {
    status: 'factor_required',
    attempt: /^[\w-]{43}$/,
    factors: ['email_code', 'email_link'],
    number: /^[1-9]\d$/,
    expires_in: 600,
  })
})

t.test('the mail has a code and a link, and no word of the requester', async (t) => {
  await register(node.baseUrl, 'ada@example.com')
  const { number } = await begin(node, 'ADA@example.com')
  const [mail] = await mailsTo(node, 'ada@example.com')
  t.match(mail, { kind: 'sign_in', lifeSeconds: 600 })
  t.match(mail?.text, /^https:\/\/auth\.example\.test\/sign-in#token=[\w-]{43}$/m)
  t.match(mail?.text, /^\d{6}$/m)
  const words = mail?.text.replaceAll(/^https:.*$|^\d{6}$/gm, '')
  t.notMatch(words, new RegExp(`\\b${number}\\b`), 'the number stands on the device alone')
  t.notMatch(words, 'node', 'the browser is not named')
})

t.test('a client chooses the page of the link, within LINK_TARGETS', async (t) => {
  const at = await startNode(t, { databaseUrl: node.databaseUrl, env: { LINK_TARGETS: 'https://app.example.test' } })
  await begin(at, 'ada@example.com', { redirect_to: 'https://app.example.test/in' })
  t.match((await mailsTo(node, 'ada@example.com'))[0]?.text, 'https://app.example.test/in#token=')
  const refused = await ask({ email: 'ada@example.com', redirect_to: 'https://evil.test' })
  t.match(refused, { status: 400, body: { errors: [{ path: '/redirect_to', code: 'redirect_not_allowed' }] } })
})

t.test('an email with an account and one without leave the same rows, but for the mail and its link', async (t) => {
  await register(node.baseUrl, 'grace@example.com')
  const counted = async (email: string) => {
    await pool.query('DELETE FROM signin_attempts')
    const before = { codes: (await rows('email_codes')).length, events: (await rows('audit_events')).length }
    await begin(node, email)
    const [attempt, ...others] = await rows('signin_attempts')
    t.same(others, [])
    t.match(attempt, { user_id: null, credential_version: null, amr: [], session_id: null, ip: '127.0.0.1' })
    return {
      codes: (await rows('email_codes')).length - before.codes,
      events: (await rows('audit_events')).length - before.events,
    }
  }
  const once = { codes: 1, events: 1 }
  t.same(await counted('grace@example.com'), once)
  t.same(await counted('no-one@example.com'), once)
  t.equal((await mailsTo(node, 'grace@example.com')).length, 2, 'with that of the registration')
  t.same(await mailsTo(node, 'no-one@example.com'), [])
})

t.test('no account is opened', async (t) => {
  const count = async () => (await rows('users')).length
  const before = await count()
  await begin(node, 'stranger@example.com')
  t.equal(await count(), before)
})

t.test('a disabled account and a user without an email get no mail', async (t) => {
  const { user } = await register(node.baseUrl, 'away@example.com')
  await pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
  await begin(node, 'away@example.com')
  t.notOk((await mailsTo(node, 'away@example.com')).some(({ kind }) => kind === 'sign_in'))
})

t.test('the latest five links of a user stay', async (t) => {
  const { user } = await register(node.baseUrl, 'often@example.com')
  for (let i = 0; i < 7; i++) await begin(node, 'often@example.com')
  const links = await pool.query(`SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'sign_in'`, [user.id])
  t.equal(links.rowCount, 5)
})
