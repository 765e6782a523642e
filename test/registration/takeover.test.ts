/** SIGNUP=verified: an older account with an unverified address goes to whoever verifies the address. */
import t from 'tap'
import { call, password, refresh, register } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { linkTo } from '../setup/read-mails.ts'
import { untilRequestWaits } from '../setup/waiting.ts'

// This node polls for revocations, and hears of its own no sooner.
const node = await startNode(t, { env: { SIGNUP: 'verified', REVOCATION_LISTEN: 'off' } })
const open = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const post = (path: string, body: unknown) => call(`${node.baseUrl}/auth/${path}`, { body })
const login = (email: string, given: string) => post('login', { email, password: given })
const mine = 'the password of the owner'
const verify = (token: string) => post('email/verify', { token, password: mine })

async function signUp(email: string): Promise<string> {
  await post('register', { email, password: mine })
  return linkTo(node, email)
}

t.test('its password, name, links and sessions are replaced', async (t) => {
  const email = 'victim@example.com'
  const squatter = await register(open.baseUrl, email)
  const { access_token: token } = squatter
  const body = { name: 'Squatter' }
  t.equal((await call(`${open.baseUrl}/auth/me`, { method: 'PATCH', token, body })).status, 200)
  const oldProof = await linkTo(node, email)
  const link = await signUp(email)
  t.equal((await call(`${open.baseUrl}/auth/whoami`, { token })).status, 200)
  t.equal((await verify(link)).status, 204)

  t.match(await login(email, mine), { status: 200, body: { user: { id: squatter.user.id, email_verified: true } } })
  t.match(await login(email, password), { status: 401, body: { code: 'invalid_credentials' } })
  const { rows } = await pool.query('SELECT name, updated_at > created_at AS touched FROM users WHERE email = $1', [
    email,
  ])
  t.same(rows, [{ name: null, touched: true }])
  t.equal((await call(`${node.baseUrl}/auth/whoami`, { token })).status, 401, 'at once here')
  await t.resolves(untilDenied(open, token), 'and on every other node')
  t.equal((await refresh(open.baseUrl, squatter.refresh_token)).status, 401)
  t.equal((await verify(oldProof)).status, 400)
  t.equal((await pool.query('SELECT FROM one_time_tokens WHERE user_id = $1', [squatter.user.id])).rowCount, 0)
})

t.test('an account whose owner has verified it meanwhile stays theirs', async (t) => {
  const email = 'proven@example.com'
  const { user } = await register(open.baseUrl, email)
  const own = await linkTo(node, email)
  const link = await signUp(email)
  t.equal((await verify(own)).status, 204)
  t.match(await verify(link), { status: 409, body: { code: 'email_taken' } })
  t.match(await login(email, password), { status: 200, body: { user: { id: user.id } } })
})

t.test('before that, only somebody who knows the password learns that the address is unverified', async (t) => {
  await register(open.baseUrl, 'before@example.com')
  t.match(await login('before@example.com', password), {
    status: 403,
    body: { code: 'email_not_verified', detail: /Register again/ },
  })
  t.match(await login('before@example.com', 'not the password'), { status: 401 })
})

t.test('a session that begins while the link is opened ends too', async (t) => {
  const email = 'moment@example.com'
  const { user, session_id: sessionId } = await register(open.baseUrl, email)
  await pool.query('DELETE FROM sessions WHERE id = $1', [sessionId])
  const link = await signUp(email)
  const client = await pool.connect()
  t.teardown(() => client.release())
  await client.query('BEGIN')
  await client.query('SELECT FROM users WHERE id = $1 FOR SHARE', [user.id])
  const opening = verify(link)
  await untilRequestWaits(node)
  const insert = `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
    VALUES (gen_random_uuid(), $1, '\\x00', now() + interval '1 day', now() + interval '1 day')`
  await client.query(insert, [user.id])
  await client.query('COMMIT')
  t.equal((await opening).status, 204)
  const { rows } = await pool.query('SELECT revoked_at, revoke_reason FROM sessions WHERE user_id = $1', [user.id])
  t.match(rows, [{ revoked_at: Date, revoke_reason: 'password_reset' }])
})

t.test('a link that is used up while it waits opens no account, even if the address is free again', async (t) => {
  const email = 'gone@example.com'
  const link = await signUp(email)
  const client = await pool.connect()
  t.teardown(() => client.release())
  await client.query('BEGIN')
  const insert = `INSERT INTO users (id, email, email_key, password_hash) VALUES (gen_random_uuid(), $1, $1, 'x')`
  await client.query(insert, [email])
  const opening = verify(link)
  await untilRequestWaits(node)
  await client.query('DELETE FROM one_time_tokens WHERE email_key = $1', [email])
  await client.query('DELETE FROM users WHERE email_key = $1', [email])
  await client.query('COMMIT')
  t.match(await opening, { status: 400, body: { code: 'invalid_one_time_token' } })
  t.equal((await pool.query('SELECT FROM users WHERE email_key = $1', [email])).rowCount, 0)
})
