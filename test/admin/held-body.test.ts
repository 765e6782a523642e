/** A request is refused if its user is demoted, disabled or signed out after authentication and before the change. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { auditRows, change, endSessions, registerAdmin } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { holdBody } from '../setup/held-body.ts'
import { startNode } from '../setup/node.ts'
import { whileHeld } from '../setup/waiting.ts'

const node = await startNode(t)
const boss = await registerAdmin(node)
const bystander = await register(node.baseUrl)
const invalid = { status: 401, body: { code: 'token_revoked' } }
const newPassword = 'another sentence that is long'

/** What happens to the user of the request meanwhile. */
const ends: Readonly<Record<string, (who: TokenPair) => Promise<{ status: number }>>> = {
  demoted: ({ user }) => change(node, boss, user.id, { roles: [] }),
  disabled: ({ user }) => change(node, boss, user.id, { disabled: true }),
  'signed out': ({ user }) => endSessions(node, boss, user.id),
  'logged out': ({ access_token: token }) => call(`${node.baseUrl}/auth/logout`, { method: 'POST', token }),
}

type Request = readonly [route: string, body: unknown]
const changed = { current_password: password, new_password: newPassword }
const byAdmins: readonly Request[] = [
  ['PATCH /admin/users/{id}', { roles: ['admin'] }],
  ['DELETE /admin/users/{id}/sessions', {}],
]
const byUsers: readonly Request[] = [
  ['POST /auth/password', changed],
  ['PATCH /auth/me', { name: 'Changed' }],
  ['POST /auth/reauthenticate', { password }],
  ['POST /auth/email/change', { new_email: 'thief@example.com' }],
  ['DELETE /auth/me', {}],
  ['DELETE /auth/sessions', {}],
]

/** Everything that a request could have changed, for all users. */
async function everything() {
  const { rows } = await node.database.pool.query(`SELECT
    (SELECT json_agg(json_build_array(id, name, password_hash, roles, disabled_at, token_version) ORDER BY id) FROM users) AS users,
    (SELECT json_agg(json_build_array(id, revoked_at, authenticated_at) ORDER BY id) FROM sessions) AS sessions,
    (SELECT count(*) FROM one_time_tokens) AS links, (SELECT count(*) FROM mails) AS mails,
    (SELECT count(*) FROM audit_events) AS events`)
  return rows[0]
}

for (const [route, body] of [...byAdmins, ...byUsers]) {
  t.test(
    `${route} is refused if its user is demoted, disabled or signed out before the body has arrived`,
    async (t) => {
      const [method = '', path = ''] = route.split(' ')
      const names = path.startsWith('/admin/') ? Object.keys(ends) : ['disabled', 'logged out']
      for (const how of names) {
        const eve = await registerAdmin(node)
        const id = how === 'disabled' ? bystander.user.id : eve.user.id
        const finish = await holdBody(node, { method, path: path.replace('{id}', id), token: eve.access_token, body })
        t.ok((await ends[how]!(eve)).status < 300, how)
        const before = await everything()
        t.match(await finish(), invalid, how)
        t.same(await everything(), before, `${how}: nothing has changed`)
      }
    },
  )
}

t.test('a slow body is no reason to refuse a request', async (t) => {
  const { access_token: token } = await registerAdmin(node)
  const path = `/admin/users/${bystander.user.id}`
  const finish = await holdBody(node, { method: 'PATCH', path, token, body: { roles: ['x'] } })
  const answer = await finish()
  t.equal(answer.status, 200)
  t.same(Object(answer.body).roles, ['x'])
})

const signOut = `UPDATE sessions SET revoked_at = now(), revoke_reason = 'signed_out' WHERE user_id = $1`
// A trigger raises the token version. It is lowered again here, so that the role or the disabling is the only reason to refuse.
const lower = 'UPDATE users SET token_version = token_version - 1 WHERE id = $1'
const meanwhile = {
  demoted: [`UPDATE users SET roles = '{}' WHERE id = $1`, lower],
  disabled: ['UPDATE users SET disabled_at = now() WHERE id = $1', lower],
  'given another token version': ['UPDATE users SET token_version = token_version + 1 WHERE id = $1'],
  'signed out': [signOut],
}

t.test(
  'an authenticated change waits for the lock of the one that demotes its administrator, and is then refused',
  async (t) => {
    const admins = [(await registerAdmin(node)).user, (await registerAdmin(node)).user]
    const [low, high] = admins.toSorted((a, b) => (a.id < b.id ? -1 : 1)) as [User, User]
    const sides = [
      { administrator: low, target: high.id },
      { administrator: high, target: low.id },
      { administrator: low, target: low.id.toUpperCase() },
    ]
    for (const [how, statements] of Object.entries(meanwhile)) {
      for (const [i, { administrator, target }] of sides.entries()) {
        const token = await becomeAdmin(administrator)
        const before = await rowsOf(target)
        const write = i % 2 ? endSessions : change
        const answer = await whileHeld(
          node,
          (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [i < 2 ? low.id : administrator.id]),
          () => write(node, token, target, { roles: ['admin', 'more'] }),
          async (query) => {
            // The waiting request must not hold this lock yet. Otherwise both would wait for each other.
            await query('SELECT FROM users WHERE id = $1 FOR UPDATE', [high.id])
            for (const sql of statements) await query(sql, [administrator.id])
          },
        )
        t.match(answer, invalid, `${how}, ${i}`)
        if (i < 2) t.same(await rowsOf(target), before, 'nothing has changed')
      }
    }
    t.same(await auditRows(node, `detail->'added' ? 'more'`), [])
  },
)

type User = TokenPair['user']

async function becomeAdmin({ id, email }: User): Promise<TokenPair> {
  await node.database.pool.query(`UPDATE users SET roles = '{admin}', disabled_at = NULL WHERE id = $1`, [id])
  return (await call<TokenPair>(`${node.baseUrl}/auth/login`, { body: { email, password } })).body
}

async function rowsOf(id: string) {
  const sql = `SELECT u.roles, u.disabled_at, s.id, s.revoked_at FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.id = $1 ORDER BY s.id`
  return (await node.database.pool.query(sql, [id])).rows
}

t.test('a new password is not set if the session ends while it is hashed', async (t) => {
  const { user, access_token: token } = await register(node.baseUrl)
  const answer = await whileHeld(
    node,
    (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id]),
    () => call(`${node.baseUrl}/auth/password`, { token, body: changed }),
    (query) => query(signOut, [user.id]),
  )
  t.match(answer, invalid)
  const login = { email: user.email, password }
  t.equal((await call(`${node.baseUrl}/auth/login`, { body: login })).status, 200, 'with the old one')
  t.equal((await auditRows(node, `type = 'password_changed' AND subject_id = $1`, [user.id])).length, 0)
})
