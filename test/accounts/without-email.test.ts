/** A user without an email: sessions, export, deletion, administration, and how the user gets an email. */
import t from 'tap'
import type { ManagedUser, UserPage } from '../../src/admin/wire.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { ask, change, registerAdmin } from '../setup/admins.ts'
import { call, password, type Registered, refresh, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'
import { linkTo, mailsTo } from '../setup/read-mails.ts'
import { withOldLogin } from '../setup/sessions.ts'
import { whileHeld } from '../setup/waiting.ts'

// A new database, so that the migrations of this checkout count.
const { url: databaseUrl, drop } = await createDatabase({ migrated: false })
t.teardown(drop)
await migrate(databaseUrl)
const node = await startNode(t, { databaseUrl })
const at = (path: string) => `${node.baseUrl}${path}`
const sql = async (text: string, values: unknown[] = []) => (await node.database.pool.query(text, values)).rows
const admin = await registerAdmin(node, 'the-admin@example.com')
const none = { email: null, email_verified: false }
const invalidLink = { status: 400, body: { code: 'invalid_one_time_token' } }

/** A signed-in user. The database takes the email away, because nothing in the API does. The password stays. */
async function userWithout(): Promise<Registered> {
  const pair = await register(node.baseUrl)
  await sql('UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL WHERE id = $1', [pair.user.id])
  return pair
}
const reauthenticate = ({ access_token: token }: { access_token: string }) =>
  call<Registered>(at('/auth/reauthenticate'), { token, body: { password } })
const remove = ({ access_token: token }: { access_token: string }) => call(at('/auth/me'), { method: 'DELETE', token })
const askFor = ({ access_token: token }: { access_token: string }, newEmail: string) =>
  call(at('/auth/email/change'), { token, body: { new_email: newEmail } })
const open = (token: string) => call(at('/auth/email/verify'), { body: { token } })
const me = ({ access_token: token }: { access_token: string }) => call(at('/auth/me'), { token })
/** No test here gives a reason for a mail of these kinds. */
const mailsToNobody = () =>
  sql(`SELECT kind FROM mails WHERE kind IN ('email_changed', 'password_changed', 'account_deleted')`)

t.test('two users without an email refresh, see themselves and their sessions, and export their data', async (t) => {
  for (const { refresh_token: old, session_id: id, user } of [await userWithout(), await userWithout()]) {
    const { status, body: pair } = await refresh(node.baseUrl, old)
    t.match({ status, user: pair.user }, { status: 200, user: { id: user.id, ...none } })
    const token = pair.access_token
    t.match(await me(pair), { status: 200, body: { id: user.id, ...none } })
    t.match(await call(at('/auth/me'), { method: 'PATCH', token, body: { name: 'Ada' } }), { status: 200, body: none })
    t.match(await call(at('/auth/sessions'), { token }), { status: 200, body: { sessions: [{ id }] } })
    t.match(await call(at('/auth/me/export'), { token }), {
      status: 200,
      body: { account: { id: user.id, ...none, email_verified_at: null } },
    })
  }
})

t.test('a new password of a user without an email writes no mail, and no email limits it', async (t) => {
  const { access_token: token, user } = await userWithout()
  const body = { current_password: password, new_password: `${user.email.split('@')[0]} went to sea` }
  t.match(await call(at('/auth/password'), { token, body }), { status: 200, body: { user: none } })
  t.same(await mailsToNobody(), [])
})

t.test('a user without an email is deleted after a recent login, and no mail is written', async (t) => {
  const user = await userWithout()
  const old = await withOldLogin(node, user)
  t.match(await remove(old), { status: 401, body: { code: 'reauthentication_required' } })
  const proved = await reauthenticate(old)
  t.match(proved, { status: 200, body: { user: none } })
  t.equal((await remove(proved.body)).status, 204)
  t.same(await sql('SELECT id FROM users WHERE id = $1', [user.user.id]), [])
  t.same(await mailsToNobody(), [])
})

t.test('a user without an email and a password adds a verified email, and no mail goes to a former one', async (t) => {
  const user = await userWithout()
  await sql('UPDATE users SET password_hash = NULL WHERE id = $1', [user.user.id])
  // A change of the password ends the access tokens, so the user refreshes.
  const { body: pair } = await refresh(node.baseUrl, user.refresh_token)
  t.equal((await askFor(pair, 'First@example.com')).status, 202)
  t.match(await me(pair), { body: none }, 'nothing has changed yet')
  const link = await linkTo(node, 'First@example.com')
  t.equal((await open(link)).status, 204)
  t.match(await me(pair), { body: { email: 'First@example.com', email_verified: true } })
  t.match(await open(link), invalidLink, 'once')
  t.same(await mailsToNobody(), [])
  const events = await sql('SELECT type FROM audit_events WHERE actor_id = $1 ORDER BY id DESC LIMIT 1', [pair.user.id])
  t.same(events, [{ type: 'email_changed' }])
})

t.test('a user without an email cannot take the email of another user', async (t) => {
  const { user: owner } = await register(node.baseUrl)
  const pair = await userWithout()
  t.equal((await askFor(pair, owner.email)).status, 202, 'as for a free one')
  t.match((await mailsTo(node, owner.email))[0], { kind: 'already_registered' })
  t.equal((await askFor(pair, 'late@example.com')).status, 202)
  const link = await linkTo(node, 'late@example.com')
  await register(node.baseUrl, 'late@example.com')
  t.match(await open(link), { status: 409, body: { code: 'email_taken' } })
  t.match(await me(pair), { body: none })
})

t.test(
  'a link that is opened while the user gets another email changes nothing, because no mail would go to that one',
  async (t) => {
    const pair = await userWithout()
    await askFor(pair, 'second@example.com')
    const link = await linkTo(node, 'second@example.com')
    const other = `UPDATE users SET email = 'other@example.com', email_key = 'other@example.com' WHERE id = $1`
    const answer = await whileHeld(
      node,
      (query) => query(other, [pair.user.id]),
      () => open(link),
    )
    t.match(answer, invalidLink)
    t.match(await me(pair), { body: { email: 'other@example.com', email_verified: false } })
  },
)

t.test('links to an email that the user has no more do nothing', async (t) => {
  const { user } = await register(node.baseUrl)
  const verification = await linkTo(node, user.email)
  await call(at('/auth/password/forgot'), { body: { email: user.email } })
  await node.app.afterAnswers()
  const reset = await linkTo(node, user.email)
  await sql('UPDATE users SET email = NULL, email_key = NULL WHERE id = $1', [user.id])
  t.match(await open(verification), invalidLink)
  const body = { token: reset, password: 'quite another sentence' }
  t.match(await call(at('/auth/password/reset'), { body }), invalidLink)
})

t.test('administrators find, read, disable and sign out users without an email, and verify none', async (t) => {
  const { user, refresh_token: token } = await userWithout()
  const { id } = user
  await sql(`UPDATE users SET name = 'Found By Name' WHERE id = $1`, [id])
  const found = async (query: Record<string, string | number>) => {
    const { status, body } = await ask<UserPage>(node, admin, '/admin/users', { limit: 100, ...query })
    t.equal(status, 200, JSON.stringify(query))
    return body.users.find((one) => one.id === id)
  }
  t.match(await found({}), none)
  t.match(await found({ name: 'found by' }), none)
  t.match(await found({ verified: 'false' }), none)
  t.equal(await found({ verified: 'true' }), undefined)
  t.equal(await found({ email: 'person' }), undefined)
  t.match(await ask<ManagedUser>(node, admin, `/admin/users/${id}`), { status: 200, body: { id, ...none } })
  t.match(await change(node, admin, id, { email_verified: true }), {
    status: 400,
    body: { code: 'invalid_request', errors: [{ path: '/email_verified' }] },
  })
  t.match(await change(node, admin, id, { email_verified: false }), { status: 200, body: none })
  t.match(await change(node, admin, id, { disabled: true }), { status: 200, body: { ...none, disabled: true } })
  t.equal((await refresh(node.baseUrl, token)).status, 401)
})

t.test('the database refuses half an email, and a verification without one', async (t) => {
  const { user } = await userWithout()
  for (const half of [`email = 'x@example.com'`, `email_key = 'x@example.com'`, 'email_verified_at = now()']) {
    const query = sql(`UPDATE users SET ${half} WHERE id = $1`, [user.id])
    await t.rejects(query, { code: '23514', constraint: 'users_email_complete' }, half)
  }
})
