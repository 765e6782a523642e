/** A signed-in user signs in again with a code by mail. */
import t from 'tap'
import { wrong } from '../../email-addresses/code-mails.ts'
import { call, register } from '../../setup/client.ts'
import { addTotp } from '../../setup/factors.ts'
import { startNode } from '../../setup/node.ts'
import { codeTo, mailsTo } from '../../setup/read-mails.ts'
import { beginWithMail } from './mail-sign-in.ts'

type Json = Record<string, unknown>
const node = await startNode(t)
const { pool } = node.database
const at = (path: string) => `${node.baseUrl}/auth/${path}`
const ask = (token: string) => call<{ attempt: string }>(at('reauthenticate/email'), { method: 'POST', token })
const again = (token: string, attempt: string, code: string) =>
  call<Json>(at('reauthenticate'), { token, body: { method: 'email_code', attempt, code } })
const invalid = { status: 401, body: { code: 'invalid_factor' } }
const ended = { status: 401, body: { code: 'attempt_ended' } }

t.test('the code makes the sign-in recent, once', async (t) => {
  const { access_token: token, user, session_id: session } = await register(node.baseUrl)
  await pool.query(`UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE id = $1`, [session])
  const asked = await ask(token)
  t.match(asked, { status: 202, body: { attempt: /^[\w-]{43}$/, expires_in: 600 } })
  t.same(Object.keys(asked.body).toSorted(), ['attempt', 'expires_in'])
  const [mail] = await mailsTo(node, user.email)
  t.match(mail, { kind: 'reauthentication', lifeSeconds: 600, text: /^Enter this code within 10 minutes/m })
  t.notMatch(mail?.text, /https?:/, 'it has no link')

  const code = await codeTo(node, user.email)
  const { attempt } = asked.body
  t.match(await again(token, attempt, wrong(code)), invalid)
  const done = await again(token, attempt, code)
  t.match(done, { status: 200, body: { status: 'signed_in', session_id: session } })
  const who = await call(at('whoami'), { token: done.body['access_token'] as string })
  t.match(who.body, { amr: ['pwd', 'email'] })
  t.ok(Number(who.body['auth_time']) > Date.now() / 1000 - 1800, 'the sign-in is recent')
  t.match(await again(done.body['access_token'] as string, attempt, code), invalid, 'once')
  t.match((await call(at('me'), { token: done.body['access_token'] as string })).body, { email_verified: false })
  const sql = `SELECT actor_id, session_id FROM audit_events WHERE type = 'sign_in_mail_requested' AND subject_id = $1`
  t.same((await pool.query(sql, [user.id])).rows, [{ actor_id: user.id, session_id: session }])
})

t.test('a code belongs to its session', async (t) => {
  const ada = await register(node.baseUrl)
  const grace = await register(node.baseUrl)
  const { attempt } = (await ask(ada.access_token)).body
  const code = await codeTo(node, ada.user.email)
  t.match(await again(grace.access_token, attempt, code), ended, 'of another user')
  const credentials = { email: ada.user.email, password: 'correct horse battery staple' }
  const { body: second } = await call(at('login'), { body: credentials })
  t.match(await again(second['access_token'] as string, attempt, code), ended, 'of the same user')
  t.equal((await again(ada.access_token, attempt, code)).status, 200)
})

t.test('the code of a sign-in is none, because its attempt has no session', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  const { attempt, code } = await beginWithMail(node, user.email)
  t.match(await again(token, attempt, code), ended)
})

t.test('the fifth wrong code ends the attempt', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  const { attempt } = (await ask(token)).body
  const code = await codeTo(node, user.email)
  for (let i = 1; i <= 5; i++) t.match(await again(token, attempt, wrong(code, i)), invalid)
  t.match(await again(token, attempt, code), ended)
})

t.test('a user with a second factor, or without an email, gets no code', async (t) => {
  const refused = { status: 409, body: { code: 'mail_not_enough' } }
  const { access_token: token, refresh_token: refreshToken, user } = await register(node.baseUrl)
  await addTotp(node.database, user.id)
  const fresh = await call(at('refresh'), { body: { refresh_token: refreshToken } })
  t.match(await ask(fresh.body['access_token'] as string), refused)
  t.match(await ask(token), { status: 401 }, 'a token from before')
  const other = await register(node.baseUrl)
  await pool.query('UPDATE users SET email = NULL, email_key = NULL WHERE id = $1', [other.user.id])
  t.match(await ask(other.access_token), refused)
})

t.test('a body has one proof, with all its members', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  const errors = async (body: object) =>
    ((await call(at('reauthenticate'), { token, body })).body['errors'] as { path: string; code: string }[]).map(
      ({ path, code }) => `${path} ${code}`,
    )
  t.same(await errors({ method: 'email_code', code: '123456' }), ['/attempt required'])
  t.same(await errors({ method: 'totp', code: '123456', attempt: 'x' }), ['/attempt not_with_other_proof'])
  t.same(await errors({ method: 'email_code', code: '12345', attempt: 'x' }), ['/code not_six_digits'])
  t.same(await errors({ password: 'x', attempt: 'x' }), ['/attempt not_with_other_proof'])
  t.same(await errors({ method: 'email_link', code: '123456' }), ['/method not_allowed'])
})
