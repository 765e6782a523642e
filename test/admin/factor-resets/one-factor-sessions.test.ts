/** A role that requires a second factor ends the sessions of one factor, on every node. */
import t from 'tap'
import { auditRows, change, registerAdmin } from '../../setup/admins.ts'
import { call, refresh, register, whoami } from '../../setup/client.ts'
import { untilDenied } from '../../setup/denial.ts'
import { startNode } from '../../setup/node.ts'
import { withMethods } from '../../setup/sessions.ts'

const env = { FACTORS_REQUIRED_ROLES: 'editor' }
const node = await startNode(t, { env })
const other = await startNode(t, { env, databaseUrl: node.databaseUrl })
const admin = await registerAdmin(node)

t.test('the sessions of one factor end, on another node too, and those of two go on', async (t) => {
  const weak = await register(node.baseUrl)
  const login = { email: weak.user.email, password: 'correct horse battery staple' }
  const { body: second } = await call<typeof weak>(`${node.baseUrl}/auth/login`, { body: login })
  const strong = await withMethods(node, second, ['pwd', 'otp', 'mfa'])
  t.equal((await whoami(other.baseUrl, weak.access_token)).status, 200)
  t.equal((await change(node, admin, weak.user.id, { roles: ['editor'] })).status, 200)
  await untilDenied(other, weak.access_token)
  t.match(await refresh(other.baseUrl, weak.refresh_token), { status: 401, body: { code: 'invalid_refresh_token' } })
  const { status, body } = await refresh(other.baseUrl, strong.refresh_token)
  t.equal(status, 200)
  t.match((await whoami(other.baseUrl, body.access_token)).body, { acr: 'aal2', roles: ['editor'] })
  t.match(await auditRows(node, `type = 'admin_sessions_ended' AND subject_id = $1`, [weak.user.id]), [
    { actor_id: admin.user.id, detail: { sessions: 1, reason: 'second_factor' } },
  ])
})

t.test('a role that requires nothing, or nothing new, ends no session', async (t) => {
  const user = await register(node.baseUrl)
  await change(node, admin, user.user.id, { roles: ['writer'] })
  const { status, body } = await refresh(node.baseUrl, user.refresh_token)
  t.equal(status, 200)
  await node.database.pool.query(`UPDATE users SET roles = '{editor}' WHERE id = $1`, [user.user.id])
  await change(node, admin, user.user.id, { roles: ['editor', 'writer'] })
  t.equal((await refresh(node.baseUrl, body.refresh_token)).status, 200)
})
