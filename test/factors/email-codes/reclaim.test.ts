/** An unverified email is verified by a sign-in by mail, and whoever opened the account before is locked out. */
import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { addPasskey, addTotp } from '../../setup/factors.ts'
import { startNode } from '../../setup/node.ts'
import { linkTo, mailsTo } from '../../setup/read-mails.ts'
import { whileHeld } from '../../setup/waiting.ts'
import { beginWithMail, byCode, byLink } from './mail-sign-in.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const at = (path: string) => `${node.baseUrl}/auth/${path}`
const login = (email: string) => call(at('login'), { body: { email, password } })
const kindsTo = async (email: string) => (await mailsTo(node, email)).map(({ kind }) => kind)

t.test('all that a stranger left in the account ends, and the owner is told', async (t) => {
  const email = 'owner@example.com'
  const stranger = await register(node.baseUrl, email)
  const { id } = stranger.user
  const { body: second } = await login(email)
  const change = { token: stranger.access_token, body: { new_email: 'stranger@example.com' } }
  t.equal((await call(at('email/change'), change)).status, 202)
  const moving = await linkTo(node, 'stranger@example.com')
  await addTotp(node.database, id)
  await addPasskey(node.database, id)
  await pool.query(`INSERT INTO recovery_codes (id, user_id, hash) VALUES (gen_random_uuid(), $1, '\\x00')`, [id])
  await pool.query(
    `INSERT INTO trusted_devices (user_id, device_id, expires_at) VALUES ($1, 'd', now() + interval '1 day')`,
    [id],
  )
  const { body: half } = await login(email)
  t.equal(half['status'], 'factor_required')

  const { attempt, code } = await beginWithMail(node, email)
  const owner = await byCode(node, attempt, code)
  t.match(owner, { status: 200, body: { status: 'signed_in', user: { id, email_verified: true } } })

  t.equal((await login(email)).status, 401, 'the password')
  for (const token of [stranger.refresh_token, second['refresh_token']]) {
    t.equal((await call(at('refresh'), { body: { refresh_token: token } })).status, 401, 'the sessions')
  }
  t.equal((await call(at('whoami'), { token: stranger.access_token })).status, 401, 'the access token')
  t.equal((await call(at('email/verify'), { body: { token: moving } })).status, 400, 'the change of email')
  const left = await pool.query(
    `SELECT (SELECT count(*) FROM factors WHERE user_id = $1) + (SELECT count(*) FROM recovery_codes WHERE user_id = $1)
      + (SELECT count(*) FROM trusted_devices WHERE user_id = $1) + (SELECT count(*) FROM signin_attempts WHERE user_id = $1)
      AS rows, factor_kinds, password_hash FROM users WHERE id = $1`,
    [id],
  )
  t.same(left.rows, [{ rows: '0', factor_kinds: [], password_hash: null }])
  t.equal((await call(at('me'), { token: owner.body['access_token'] as string })).status, 200, 'the owner is in')
  t.equal((await kindsTo(email))[0], 'account_reclaimed')
  const events = `SELECT type, detail FROM audit_events WHERE subject_id = $1 AND type IN ('email_verified', 'account_reclaimed') ORDER BY id`
  t.same((await pool.query(events, [id])).rows, [
    { type: 'email_verified', detail: null },
    { type: 'account_reclaimed', detail: { password: true, factors: 2, sessions: 2 } },
  ])
})

t.test('a link that was approved does the same', async (t) => {
  const { user } = await register(node.baseUrl)
  const { attempt, token } = await beginWithMail(node, user.email)
  t.match(await byLink(node, attempt, token), { status: 200, body: { user: { email_verified: true } } })
  t.equal((await login(user.email)).status, 401)
})

t.test('a wrong code, and a code that was used, end nothing', async (t) => {
  const { user } = await register(node.baseUrl)
  const { attempt, code } = await beginWithMail(node, user.email)
  await byCode(node, attempt, code === '000000' ? '000001' : '000000')
  t.match((await login(user.email)).body, { user: { email_verified: false } })
  await pool.query(`DELETE FROM one_time_tokens WHERE user_id = $1`, [user.id])
  t.equal((await byCode(node, attempt, code)).status, 401)
  t.match((await login(user.email)).body, { user: { email_verified: false } })
})

t.test('a user whose email is verified keeps everything', async (t) => {
  const { user, refresh_token: token } = await register(node.baseUrl)
  await call(at('email/verify'), { body: { token: await linkTo(node, user.email) } })
  const { attempt, code } = await beginWithMail(node, user.email)
  t.equal((await byCode(node, attempt, code)).status, 200)
  t.equal((await login(user.email)).status, 200)
  t.equal((await call(at('refresh'), { body: { refresh_token: token } })).status, 200)
  t.notOk((await kindsTo(user.email)).includes('account_reclaimed'))
})

t.test('forty submissions at once, on two nodes: one session, one mail, and no password', async (t) => {
  const { user } = await register(node.baseUrl)
  const { attempt, token } = await beginWithMail(node, user.email)
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => byLink(i % 2 ? node : other, attempt, token)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 39)
  t.equal((await kindsTo(user.email)).filter((kind) => kind === 'account_reclaimed').length, 1)
  t.equal((await login(user.email)).status, 401)
})

t.test('a login with the password that runs at the same moment gets no session that lasts', async (t) => {
  const { user } = await register(node.baseUrl)
  const { attempt, code } = await beginWithMail(node, user.email)
  // The login has compared the password, and waits for the row of the user, which the owner's sign-in holds.
  const late = await whileHeld(
    node,
    (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id]),
    async () => Promise.all([login(user.email), byCode(node, attempt, code)]),
  )
  const [stranger, owner] = late
  t.equal(owner.status, 200)
  const token = stranger.body['refresh_token']
  const alive = token === undefined ? 401 : (await call(at('refresh'), { body: { refresh_token: token } })).status
  t.equal(alive, 401)
})
