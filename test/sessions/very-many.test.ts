/** All sessions of a user who has very many end in one step, for example after a thief of the password logged in again and again. */
import t from 'tap'
import { login, newPassword, newResetToken, reset } from '../passwords/mailbox.ts'
import { change, endSessions, registerAdmin } from '../setup/admins.ts'
import { call, password, type Registered, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'

const log: string[] = []
const node = await startNode(t, { log: (line) => void log.push(line) })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const admin = await registerAdmin(node)

/** A user with this many sessions more than their own. */
async function userWith(sessions: number): Promise<Registered> {
  const owner = await register(node.baseUrl)
  const sql = `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
    SELECT gen_random_uuid(), $1, '', now() + interval '1 day', now() + interval '1 day' FROM generate_series(1, $2)`
  await pool.query(sql, [owner.user.id, sessions])
  return owner
}
const live = async ({ user }: Registered) => {
  const sql = `SELECT FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.id = $1 AND s.epoch >= u.sessions_valid_from AND s.revoked_at IS NULL`
  return (await pool.query(sql, [user.id])).rowCount
}
const revocationsOf = async ({ user }: Registered, kind: string) => {
  const sql = 'SELECT FROM revocations WHERE user_id = $1 AND kind = $2::revocation_kind'
  return (await pool.query(sql, [user.id, kind])).rowCount
}
const signOut = ({ access_token: token }: Registered, scope: 'others' | 'all') =>
  call(`${node.baseUrl}/auth/sessions?scope=${scope}`, { method: 'DELETE', token })

type Way = { act: (owner: Registered) => Promise<{ status: number }>; left: number }
const ways: Record<string, Way> = {
  'a new password': {
    act: ({ access_token: token }) =>
      call(`${node.baseUrl}/auth/password`, { token, body: { current_password: password, new_password: newPassword } }),
    left: 1,
  },
  'a reset': { act: async (owner) => reset(node, await newResetToken(node, owner.user)), left: 0 },
  'an administrator who disables': { act: ({ user }) => change(node, admin, user.id, { disabled: true }), left: 0 },
  'an administrator who ends the sessions': { act: ({ user }) => endSessions(node, admin, user.id), left: 0 },
  'a sign-out everywhere': { act: (owner) => signOut(owner, 'all'), left: 0 },
  'a sign-out of the other sessions': { act: (owner) => signOut(owner, 'others'), left: 1 },
  'a deletion': {
    act: ({ access_token: token }) => call(`${node.baseUrl}/auth/me`, { method: 'DELETE', token }),
    left: 0,
  },
}

for (const [name, { act, left }] of Object.entries(ways)) {
  t.test(`${name} ends all sessions, also when they are too many to end one by one`, async (t) => {
    const owner = await userWith(2500)
    const thief = (await login(node, owner.user.email)).body as Record<string, string>
    const before = await revocationsOf(owner, 'session')
    t.ok([200, 204].includes((await act(owner)).status))
    t.equal(await live(owner), left)
    t.equal((await refresh(other.baseUrl, thief['refresh_token'] ?? '')).status, 401, 'no refresh')
    t.equal((await whoami(node.baseUrl, thief['access_token'] ?? '')).status, 401, 'no access on this node, at once')
    await untilDenied(other, thief['access_token'] ?? '')
    t.equal(await revocationsOf(owner, 'session'), before, 'the sessions are not announced one by one')
  })
}

t.test('after a sign-out of very many other sessions, the own session refreshes and goes on', async (t) => {
  const owner = await userWith(1500)
  t.equal((await signOut(owner, 'others')).status, 204)
  t.equal((await whoami(node.baseUrl, owner.access_token)).status, 401, 'access tokens of the user are revoked')
  const next = await refresh(node.baseUrl, owner.refresh_token)
  t.equal(next.status, 200)
  t.equal((await whoami(node.baseUrl, next.body.access_token)).status, 200)
})

t.test('two requests that end the same sessions at once do not wait for each other', async (t) => {
  for (let round = 0; round < 3; round++) {
    const owner = await userWith(1500)
    const answers = await Promise.all([endSessions(node, admin, owner.user.id), signOut(owner, 'all')])
    t.equal(answers[0].status, 204)
    t.ok([204, 401].includes(answers[1].status), `${answers[1].status}`)
    t.equal(await live(owner), 0)
  }
  t.same(
    log.filter((line) => /deadlock/.test(line)),
    [],
  )
})

t.test('a session that begins after all others ended is live, whatever the clock says', async (t) => {
  const owner = await register(node.baseUrl)
  await pool.query(`UPDATE sessions SET created_at = now() + interval '1 day' WHERE user_id = $1`, [owner.user.id])
  t.equal((await signOut(owner, 'all')).status, 204)
  t.equal(
    (await refresh(node.baseUrl, owner.refresh_token)).status,
    401,
    'a session from before, though its time is later',
  )
  const again = (await login(node, owner.user.email)).body as Record<string, string>
  t.equal((await refresh(node.baseUrl, again['refresh_token'] ?? '')).status, 200)
})
