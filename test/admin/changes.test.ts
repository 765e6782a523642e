/** A change by an administrator ends the right tokens and sessions, and no others, on every node. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { auditRows, change, endSessions, registerAdmin, withRoles } from '../setup/admins.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'

// Without LISTEN the nodes poll once a second. So a node that denies at once does not know it from the database.
const env = { REVOCATION_LISTEN: 'off' }
const node = await startNode(t, { env })
const other = await startNode(t, { databaseUrl: node.databaseUrl, env })
const admin = await registerAdmin(node)
const bystander = await register(node.baseUrl)

const status = async (who: TokenPair, at = node) => (await whoami(at.baseUrl, who.access_token)).status
const login = (email: string) => call<TokenPair>(`${node.baseUrl}/auth/login`, { body: { email, password } })

/** Resolves once the other node denies the token. */
const deniedElsewhere = (who: TokenPair) => untilDenied(other, who.access_token)

t.test('disabling a user ends sessions and tokens on every node, and enabling does not bring them back', async (t) => {
  const first = await register(node.baseUrl)
  const second = (await login(first.user.email)).body
  const { id } = first.user
  const answer = await change(node, admin, id, { disabled: true })
  t.match(answer, { status: 200, body: { id, disabled: true, disabled_at: /Z$/ } })
  t.same([await status(first), await status(second)], [401, 401], 'at once on the node that made the change')
  await t.resolves(deniedElsewhere(second), 'and on the other node')
  t.match(await refresh(node.baseUrl, first.refresh_token), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await login(first.user.email), { status: 403, body: { code: 'account_disabled' } })

  t.match(await change(node, admin, id, { disabled: false }), {
    status: 200,
    body: { disabled: false, disabled_at: null },
  })
  t.equal((await refresh(node.baseUrl, second.refresh_token)).status, 401)
  t.same([await status(first), await status(second)], [401, 401])
  const anew = await login(first.user.email)
  t.equal(anew.status, 200)
  t.same([await status(anew.body), await status(anew.body, other)], [200, 200])
  t.same(
    [await status(admin), await status(bystander), await status(bystander, other)],
    [200, 200, 200],
    'other users keep theirs',
  )

  const events = await auditRows(node, `subject_id = $1 AND type LIKE 'admin%'`, [id])
  const where = { actor_id: admin.user.id, session_id: admin.session_id, ip: '127.0.0.1', request_id: String }
  t.equal(events.length, 3)
  t.match(events, [
    { type: 'admin_account_disabled', ...where },
    { type: 'admin_sessions_ended', detail: { sessions: 2, reason: 'admin' }, ...where },
    { type: 'admin_account_enabled', ...where },
  ])
  const { rows } = await node.database.pool.query(
    'SELECT DISTINCT revoke_reason FROM sessions WHERE user_id = $1 AND revoked_at IS NOT NULL',
    [id],
  )
  t.same(rows, [{ revoke_reason: 'admin' }])
})

t.test('a change of roles ends access tokens and keeps sessions, and a refresh brings the new roles', async (t) => {
  const ada = await register(node.baseUrl)
  const { id } = ada.user
  t.same((await change(node, admin, id, { roles: ['editor', 'admin'] })).body['roles'], ['editor', 'admin'])
  t.equal(await status(ada), 401, 'the token without the role is denied')
  const promoted = (await refresh(node.baseUrl, ada.refresh_token)).body
  t.equal((await call(`${node.baseUrl}/admin/users`, { token: promoted.access_token })).status, 200)

  await change(node, admin, id, { roles: ['editor'] })
  t.equal(await status(promoted), 401)
  await t.resolves(deniedElsewhere(promoted))
  t.equal((await call(`${other.baseUrl}/admin/users`, { token: promoted.access_token })).status, 401)
  const demoted = (await refresh(node.baseUrl, promoted.refresh_token)).body
  t.equal(await status(demoted), 200, 'the session stays')
  const answer = await call(`${node.baseUrl}/admin/users`, { token: demoted.access_token })
  t.match(answer, { status: 403, body: { code: 'forbidden' } })
  const events = await auditRows(node, `subject_id = $1 AND type = 'admin_roles_changed'`, [id])
  t.same(
    events.map(({ detail }) => detail),
    [
      { added: ['editor', 'admin'], removed: [] },
      { added: [], removed: ['admin'] },
    ],
  )
})

t.test('a demoted administrator is refused on every node, even before the node has read the revocation', async (t) => {
  const demoted = await registerAdmin(node)
  await change(node, admin, demoted.user.id, { roles: [] })
  t.equal((await call(`${other.baseUrl}/admin/users`, { token: demoted.access_token })).status, 401)
})

t.test('an administrator ends all sessions of a user, and nothing else changes for the user', async (t) => {
  const first = await register(node.baseUrl)
  const second = (await login(first.user.email)).body
  t.equal((await endSessions(node, admin, first.user.id)).status, 204)
  t.same([await status(first), await status(second)], [401, 401])
  await t.resolves(deniedElsewhere(second))
  t.equal((await endSessions(node, admin, first.user.id)).status, 204, 'a repetition changes nothing')
  t.equal((await login(first.user.email)).status, 200)
  t.equal((await auditRows(node, `subject_id = $1 AND type = 'admin_sessions_ended'`, [first.user.id])).length, 1)
  t.equal(await status(bystander), 200)
})

t.test('a change to the same value writes no event and ends nothing', async (t) => {
  const ada = await withRoles(node, await register(node.baseUrl), ['a', 'b'])
  const { id } = ada.user
  const before = (await auditRows(node)).length
  for (const body of [{}, { disabled: false }, { roles: ['b', 'a'] }, { email_verified: false, roles: ['a', 'b'] }]) {
    const answer = await change(node, admin, id, body)
    t.match(answer, { status: 200, body: { id, disabled: false } })
    t.same(answer.body['roles'], ['a', 'b'])
  }
  t.equal((await auditRows(node)).length, before)
  t.equal(await status(ada), 200)
})

t.test('an administrator sets an email as verified or not, and no token ends', async (t) => {
  const ada = await register(node.baseUrl)
  const { id } = ada.user
  t.match(await change(node, admin, id, { email_verified: true }), { body: { email_verified: true } })
  t.match(await change(node, admin, id, { email_verified: false }), { body: { email_verified: false } })
  t.same([await status(ada), await status(ada, other)], [200, 200])
  const events = await auditRows(node, `subject_id = $1 AND type = 'admin_email_verified'`, [id])
  t.same(
    events.map(({ detail }) => detail),
    [{ verified: true }, { verified: false }],
  )
})

t.test('roles must be short words, and must fit into a token together', async (t) => {
  const { id } = bystander.user
  const bad = [
    ['a', 'a'],
    ['x'.repeat(51)],
    [''],
    ['a b'],
    ['"'],
    ['\u0000'],
    ['é'],
    Array(50)
      .fill(0)
      .map((_, i) => `r${i}`),
    'admin',
    [1],
  ]
  for (const roles of bad) t.match(await change(node, admin, id, { roles }), { status: 400 }, JSON.stringify(roles))
  const most = ['x'.repeat(50), 'y'.repeat(47)]
  t.match(await change(node, admin, id, { roles: most }), { status: 200, body: { roles: most } })
  t.match(await change(node, admin, id, { roles: ['x'.repeat(50), 'y'.repeat(48)] }), { status: 400 })
  t.equal((await login(bystander.user.email)).status, 200, 'the token fits')
  for (const body of [{ token_version: 0 }, { email: 'a@b.example' }, { password_hash: 'x' }, []]) {
    t.match(await change(node, admin, id, body), { status: 400 }, JSON.stringify(body))
  }
})

t.test('an id in capital letters names the same user, whose tokens are denied at once', async (t) => {
  for (const end of [
    (id: string) => change(node, admin, id, { disabled: true }),
    (id: string) => change(node, admin, id, { roles: ['editor'] }),
    (id: string) => endSessions(node, admin, id),
  ]) {
    const ada = await register(node.baseUrl)
    t.ok((await end(ada.user.id.toUpperCase())).status < 300)
    t.equal(await status(ada), 401)
  }
})
