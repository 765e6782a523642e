/** Verifying an address. */
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { linkTo, mailsTo } from '../setup/read-mails.ts'

const node = await startNode(t)
const at = (path: string) => `${node.baseUrl}${path}`
const verify = (token: string) => call(at('/auth/email/verify'), { body: { token } })
const resend = (email: string) => call(at('/auth/email/resend'), { body: { email } })
const refused = { status: 400, body: { code: 'invalid_one_time_token' } }
const isVerified = async (token: string) => (await call(at('/auth/me'), { token })).body['email_verified']

t.test('register sends a link, which verifies the address once', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'Ada@example.com')
  t.equal(user.email_verified, false)
  const link = await linkTo(node, 'Ada@example.com')
  t.match(await verify(link), { status: 204, body: {} })
  t.equal(await isVerified(token), true)
  t.match(await verify(link), refused, 'not twice')
  const sql = `SELECT type, actor_id FROM audit_events WHERE subject_id = $1 ORDER BY id`
  const { rows } = await node.database.pool.query(sql, [user.id])
  t.same(rows.at(-1), { type: 'email_verified', actor_id: user.id })
  const login = await call(at('/auth/login'), { body: { email: user.email, password } })
  t.match(login.body, { user: { email_verified: true } })
})

t.test('fifty requests with one link at once: one succeeds', async (t) => {
  await register(node.baseUrl, 'fifty@example.com')
  const link = await linkTo(node, 'fifty@example.com')
  const answers = await Promise.all(Array.from({ length: 50 }, () => verify(link)))
  t.equal(answers.filter(({ status }) => status === 204).length, 1)
  t.equal(answers.filter(({ body }) => body['code'] === 'invalid_one_time_token').length, 49)
})

t.test('an expired link verifies nothing', async (t) => {
  const { access_token: token } = await register(node.baseUrl, 'late@example.com')
  const link = await linkTo(node, 'late@example.com')
  await node.database.pool.query(`UPDATE one_time_tokens SET expires_at = now() WHERE email = 'late@example.com'`)
  t.match(await verify(link), refused)
  t.equal(await isVerified(token), false)
  await resend('late@example.com')
  const sql = `SELECT extract(epoch FROM expires_at - now())::int AS life FROM one_time_tokens WHERE email = 'late@example.com'`
  t.match((await node.database.pool.query(sql)).rows, [{ life: 86_400 }], 'a new one lives for a day')
})

t.test('a link verifies only the address that it was sent to', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'moved@example.com')
  const link = await linkTo(node, 'moved@example.com')
  const move = `UPDATE users SET email = 'elsewhere@example.com', email_key = 'elsewhere@example.com' WHERE id = $1`
  await node.database.pool.query(move, [user.id])
  t.match(await verify(link), refused)
  t.equal(await isVerified(token), false)
})

t.test('a link verifies nothing for a disabled account', async (t) => {
  const { user } = await register(node.baseUrl, 'disabled@example.com')
  const link = await linkTo(node, 'disabled@example.com')
  await node.database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
  t.match(await verify(link), refused)
})

t.test('invalid tokens, and tokens for another purpose, are refused', async (t) => {
  const { user } = await register(node.baseUrl, 'reset@example.com')
  const link = await linkTo(node, 'reset@example.com')
  await node.database.pool.query(`UPDATE one_time_tokens SET purpose = 'password_reset' WHERE user_id = $1`, [user.id])
  for (const token of [link, 'x', 'A'.repeat(43), '\u0000', "'; DROP TABLE users --"])
    t.match(await verify(token), refused)
  t.equal((await verify('x'.repeat(201))).status, 400)
  t.match(await call(at('/auth/email/verify'), { body: {} }), { status: 400, body: { errors: [{ path: '/token' }] } })
  const kept = await node.database.pool.query('SELECT FROM one_time_tokens WHERE user_id = $1', [user.id])
  t.equal(kept.rowCount, 1, 'the link for a new password still works')
})

t.test('a link can be sent again: the latest five work, and none once the address is verified', async (t) => {
  await register(node.baseUrl, 'again@example.com')
  const links = [await linkTo(node, 'again@example.com')]
  for (let i = 0; i < 5; i++) {
    t.match(await resend(' AGAIN@example.com'), { status: 202, body: { status: 'accepted' } })
    links.push(await linkTo(node, 'again@example.com'))
  }
  t.equal(new Set(links).size, 6)
  t.match(await verify(links[0] ?? ''), refused, 'the sixth from the end does not')
  t.equal((await verify(links[1] ?? '')).status, 204)
  const before = (await mailsTo(node, 'again@example.com')).length
  t.equal((await resend('again@example.com')).status, 202)
  t.equal((await mailsTo(node, 'again@example.com')).length, before, 'a proven address gets no more links')
})

t.test('a request about an unknown address writes only its audit event', async (t) => {
  const count = async () => {
    const sql =
      'SELECT (SELECT count(*) FROM mails)::int AS mails, (SELECT count(*) FROM one_time_tokens)::int AS tokens'
    return (await node.database.pool.query(sql)).rows[0]
  }
  const before = await count()
  t.match(await resend('nobody@example.com'), { status: 202, body: { status: 'accepted' } })
  t.same(await count(), before)
  const { rows } = await node.database.pool.query('SELECT * FROM audit_events ORDER BY id DESC LIMIT 1')
  t.match(rows[0], { type: 'email_verification_requested', subject_id: null, actor_id: null })
  t.notMatch(JSON.stringify(rows[0]), /nobody@/)
})

t.test('a GET changes nothing', async (t) => {
  await register(node.baseUrl, 'get@example.com')
  const link = await linkTo(node, 'get@example.com')
  for (const path of ['/verify-email', '/change-email', '/auth/email/verify']) {
    await call(at(`${path}?token=${link}`)).catch(() => {})
  }
  t.equal((await verify(link)).status, 204)
})
