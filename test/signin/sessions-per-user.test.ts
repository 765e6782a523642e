/** A user has a bounded number of sessions. The session that was used least recently makes room. */
import t from 'tap'
import { auditOf, login } from '../passwords/mailbox.ts'
import { refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { age, row } from '../setup/sessions.ts'

// This node polls the database, so what it denies with the answer, the login itself denied.
const node = await startNode(t, { env: { SESSIONS_PER_USER: '3', REVOCATION_LISTEN: 'off' } })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database

type Pair = { access_token: string; refresh_token: string; session_id: string }
/** A busy machine may refuse a login for a moment. */
async function signIn(email: string): Promise<Pair> {
  for (;;) {
    const { status, body } = await login(node, email)
    if (status !== 503) return body as Pair
  }
}
const live = async (userId: string) => {
  const { rows } = await pool.query('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [userId])
  return rows.map(({ id }) => String(id))
}

t.test('a login beyond the bound ends the least recently used session, which is announced and audited', async (t) => {
  const first = await register(node.baseUrl)
  const { user } = first
  const second = await signIn(user.email)
  const third = await signIn(user.email)
  for (const { session_id } of [first, second, third]) await age(node, session_id, 60)
  const used = (await refresh(node.baseUrl, first.refresh_token)).body
  await age(node, second.session_id, 1)

  const fourth = await signIn(user.email)
  t.same(new Set(await live(user.id)), new Set([first.session_id, third.session_id, fourth.session_id]))
  t.match(await row(node, second.session_id), { revoke_reason: 'evicted' })
  t.equal((await whoami(node.baseUrl, second.access_token)).status, 401, 'on this node at once')
  await untilDenied(other, second.access_token)
  t.equal((await refresh(node.baseUrl, second.refresh_token)).status, 401)
  t.equal((await refresh(node.baseUrl, used.refresh_token)).status, 200, 'the first one was used since, and goes on')
  const evictions = (await auditOf(node, user.id)).filter(({ type }) => type === 'session_evicted')
  t.match(evictions, [{ session_id: second.session_id, actor_id: user.id, ip: '127.0.0.1' }])
})

t.test('sessions that have ended do not count', async (t) => {
  const first = await register(node.baseUrl)
  const { user } = first
  await signIn(user.email)
  const third = await signIn(user.email)
  await pool.query('UPDATE sessions SET idle_expires_at = now() WHERE id = $1', [third.session_id])
  await signIn(user.email)
  t.equal((await refresh(node.baseUrl, first.refresh_token)).status, 200)
})

t.test('a user from before the bound loses a hundred sessions with each login', async (t) => {
  const { user } = await register(node.baseUrl)
  const sql = `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at, rotated_at)
    SELECT gen_random_uuid(), $1, '', now() + interval '1 day', now() + interval '1 day', now() - interval '1 day'
    FROM generate_series(1, 250)`
  await pool.query(sql, [user.id])
  const left: number[] = []
  for (let i = 0; i < 3; i++) {
    await signIn(user.email)
    left.push((await live(user.id)).length)
  }
  t.same(left, [152, 53, 3])
})

t.test('logins at once end no session that is in use, and the next login keeps the bound', async (t) => {
  const { user } = await register(node.baseUrl)
  const pairs = await Promise.all(Array.from({ length: 8 }, () => signIn(user.email)))
  t.ok(pairs.every(({ access_token: token }) => token !== undefined))
  await signIn(user.email)
  t.equal((await live(user.id)).length, 3)
})
