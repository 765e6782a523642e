import t from 'tap'
import { createOneTimeToken } from '../../src/tokens/one-time-token.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'
import { age, auditOf, forgot, login, mailsOf, newPassword, newResetToken, reset, tokenIn } from './mailbox.ts'

// This node polls the database once a second, so what it denies with the response, the reset itself denied.
const node = await startNode(t, { env: { PASSWORD_RESET_SECONDS: '300', REVOCATION_LISTEN: 'off' } })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const invalid = { status: 400, body: { code: 'invalid_one_time_token', retryable: false } }
const userRow = async (id: string) => (await pool.query('SELECT * FROM users WHERE id = $1', [id])).rows[0]

t.test(
  'a link sets a new password, proves the address and ends every session, here at once, elsewhere soon',
  async (t) => {
    const first = await register(node.baseUrl)
    const { user } = first
    const second = (await login(node, user.email)).body as Record<string, string>
    const stranger = await register(node.baseUrl)
    t.equal((await whoami(other.baseUrl, first.access_token)).status, 200, 'before')
    t.equal((await userRow(user.id)).email_verified_at, null, 'before')

    t.match(await reset(node, await newResetToken(node, user)), { status: 204, body: {} })
    for (const token of [first.access_token, second['access_token']!]) {
      t.equal((await whoami(node.baseUrl, token)).status, 401, 'on this node, with the answer')
      t.comment(`another node denies after ${await untilDenied(other, token)} ms`)
    }
    for (const id of [first.session_id, second['session_id']!])
      t.equal((await row(node, id)).revoke_reason, 'password_reset')
    t.equal((await refresh(node.baseUrl, first.refresh_token)).status, 401)
    t.equal((await whoami(other.baseUrl, stranger.access_token)).status, 200, 'somebody else')
    t.equal((await login(node, user.email)).status, 401, 'the old password')
    t.equal((await login(node, user.email, newPassword)).status, 200, 'the new one')

    t.ok(Math.abs(Date.now() - (await userRow(user.id)).email_verified_at) < 60_000)
    const [, changed] = await mailsOf(node, user.id)
    t.match(changed, { kind: 'password_changed', to: user.email, text: /You were signed out on every device/ })
    const types = (await auditOf(node, user.id)).map(({ type }) => type)
    t.same(types.slice(-6), [
      'password_reset_requested',
      'email_verified',
      'password_reset',
      'refresh_ended',
      'login_failed',
      'login_succeeded',
    ])
    const event = (await auditOf(node, user.id)).find(({ type }) => type === 'password_reset')
    t.match(event, { actor_id: user.id, ip: '127.0.0.1', detail: { sessions_ended: 2 } })
  },
)

t.test('a link works once', async (t) => {
  const { user } = await register(node.baseUrl)
  const token = await newResetToken(node, user)
  t.equal((await reset(node, token)).status, 204)
  t.match(await reset(node, token, 'a third sentence altogether'), invalid)
  t.equal((await login(node, user.email, newPassword)).status, 200)
})

t.test('a weak password does not consume the link', async (t) => {
  const { user } = await register(node.baseUrl, 'hopper@example.com')
  const token = await newResetToken(node, user)
  for (const given of ['seven77', 'Password123', 'grace hopper', 'x'.repeat(257), 5]) {
    t.match(await reset(node, token, given), {
      status: 400,
      body: { code: 'invalid_request', errors: [{ path: '/password' }] },
    })
  }
  t.equal((await reset(node, token)).status, 204)
})

type User = { id: string; email: string }
const spoilt: Record<string, (user: User, token: string) => Promise<unknown>> = {
  'that has expired': (user) => age(node, user.id, 301),
  'of a disabled user': ({ id }) => pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]),
  'of a deleted user': ({ id }) => pool.query('DELETE FROM users WHERE id = $1', [id]),
  'that went to an address the account does not have any more': ({ id }) =>
    pool.query(`UPDATE users SET email = 'x' || email, email_key = 'x' || email_key WHERE id = $1`, [id]),
  'whose password has been replaced by whatever means': ({ id }) =>
    pool.query(`UPDATE users SET password_hash = password_hash || 'x' WHERE id = $1`, [id]),
  'that is for something else': ({ id }) =>
    pool.query(`UPDATE one_time_tokens SET purpose = 'email_verification' WHERE user_id = $1`, [id]),
  'that is bound to nothing': ({ id }) =>
    pool.query('UPDATE one_time_tokens SET bound_to = NULL WHERE user_id = $1', [id]),
}
for (const [which, spoil] of Object.entries(spoilt)) {
  t.test(`a token ${which} is refused, and changes nothing`, async (t) => {
    const { user } = await register(node.baseUrl)
    const token = await newResetToken(node, user)
    await spoil(user, token)
    const before = await userRow(user.id)
    t.match(await reset(node, token), invalid)
    t.same(await userRow(user.id), before)
  })
}

t.test('a token works until it expires', async (t) => {
  const { user } = await register(node.baseUrl)
  const token = await newResetToken(node, user)
  await age(node, user.id, 290)
  t.equal((await reset(node, token)).status, 204)
})

t.test('a token does not set the password of another user', async (t) => {
  const [one, two] = [await register(node.baseUrl), await register(node.baseUrl)]
  t.equal((await reset(node, await newResetToken(node, one.user))).status, 204)
  t.equal((await login(node, two.user.email)).status, 200)
  t.equal((await whoami(node.baseUrl, two.access_token)).status, 200)
})

t.test('forty unknown tokens at once cost no password hash', async (t) => {
  const answers = await Promise.all(Array.from({ length: 40 }, () => reset(node, createOneTimeToken().token)))
  t.same(
    [...new Set(answers.map(({ status, body }) => `${status} ${String(body['code'])}`))],
    ['400 invalid_one_time_token'],
  )
})

t.test(
  'a login that renews the hash of the same password leaves the link alive, a change of it does not',
  async (t) => {
    const stronger = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '10' } })
    const { user } = await register(node.baseUrl)
    const token = await newResetToken(node, user)
    const before = (await userRow(user.id)).password_hash
    const { body } = await login(stronger, user.email)
    t.not((await userRow(user.id)).password_hash, before, 'the hash is another')
    const change = { current_password: password, new_password: newPassword }
    const changing = { token: String(body['access_token']), body: change }
    t.equal((await reset(node, token)).status, 204)

    const again = await newResetToken(node, user)
    t.equal((await login(stronger, user.email, newPassword)).status, 200, 'renewed once more')
    changing.token = String((await login(stronger, user.email, newPassword)).body['access_token'])
    changing.body = { current_password: newPassword, new_password: 'a third sentence altogether' }
    t.equal((await call(`${node.baseUrl}/auth/password`, changing)).status, 200)
    t.match(await reset(node, again), invalid)
  },
)

t.test('neither the database, the log nor the audit log holds anything from which a link can be made', async (t) => {
  const lines: string[] = []
  const logging = await startNode(t, { databaseUrl: node.databaseUrl, log: (line) => lines.push(line) })
  const { user } = await register(logging.baseUrl, 'somebody-known@example.com')
  await forgot(logging, user.email)
  const token = tokenIn((await mailsOf(logging, user.id))[0]!)
  const dump = async (table: string) => JSON.stringify((await pool.query(`SELECT t::text FROM ${table} t`)).rows)
  const stored = await Promise.all(['one_time_tokens', 'mails', 'audit_events'].map(dump))
  await reset(logging, token, 'seven77')
  await reset(logging, token)
  const kept = `${stored.join('')}${await dump('audit_events')}${lines.join('')}`
  t.ok(lines.length >= 4)
  for (const secret of [token, Buffer.from(token, 'base64url').toString('hex'), newPassword])
    t.notOk(kept.includes(secret))
  t.notOk(`${stored[2]}${lines.join('')}`.includes('somebody-known'), 'addresses are in neither')
})
