/** An administrator removes the factors of a user who has lost all of them. */
import t from 'tap'
import { ask, auditRows, change, registerAdmin, withRoles } from '../../setup/admins.ts'
import { call, password, refresh, register } from '../../setup/client.ts'
import { mailRows } from '../../setup/mails.ts'
import { startNode } from '../../setup/node.ts'
import { cancel, confirm, leftOf, registerLost, reset } from './lost.ts'

const days = { TRUST_DEVICE_DAYS: '30' }
const node = await startNode(t, { env: days })
const two = await startNode(t, { env: { ...days, ADMIN_RESET_NEEDS_TWO: 'on' }, databaseUrl: node.databaseUrl })
const [ada, bob] = [await registerAdmin(node), await registerAdmin(node)]
const everything = [2, 1, 1, 2]
const nothing = [0, 0, 0, 0]
const forbidden = { status: 403, body: { code: 'forbidden', detail: 'Another administrator must do this.' } }
const gone = { status: 404, body: { code: 'not_found' } }
const mailsTo = async (userId: string) =>
  (await mailRows(node)).filter(({ user_id, kind }) => user_id === userId && kind === 'factors_reset').length

t.test('a reset removes every factor, ends every session, and tells the user', async (t) => {
  const { user, refresh_token, access_token: token } = await registerLost(node)
  t.same(await leftOf(node, user.id), everything)
  t.match(await reset(node, ada, user.id), { status: 200, body: { status: 'reset' } })
  t.same(await leftOf(node, user.id), nothing)
  t.equal(await mailsTo(user.id), 1)
  t.match(await call(`${node.baseUrl}/auth/whoami`, { token }), { status: 401, body: { code: 'token_revoked' } })
  t.equal((await refresh(node.baseUrl, refresh_token)).status, 401)
  const detail = { totp: 1, passkeys: 1, recovery_codes: 1, sessions: 2 }
  const [event, ...others] = await auditRows(node, `type = 'admin_factors_reset' AND subject_id = $1`, [user.id])
  t.match(event, { actor_id: ada.user.id, session_id: ada.session_id })
  t.same([event.detail, others], [detail, []])
  const login = await call(`${node.baseUrl}/auth/login`, { body: { email: user.email, password } })
  t.match(login, { status: 200, body: { status: 'signed_in' } }, 'the password is enough now')
})

t.test('a sign-in that was under way goes on for nobody', async (t) => {
  const { user } = await registerLost(node)
  const { body } = await call(`${node.baseUrl}/auth/login`, { body: { email: user.email, password } })
  t.match(body, { status: 'factor_required' })
  await reset(node, ada, user.id)
  t.equal(await node.database.prisma.storedAttempt.count({ where: { userId: user.id } }), 0)
})

t.test('nobody resets their own account, and an unknown user is not found', async (t) => {
  for (const at of [node, two]) {
    t.match(await reset(at, ada, ada.user.id), forbidden)
    t.match(await reset(at, ada, '7e57ab1e-0000-4000-8000-000000000000'), gone)
  }
})

t.test('with ADMIN_RESET_NEEDS_TWO, nothing is removed before a second administrator confirms it', async (t) => {
  const { user } = await registerLost(node)
  const { status, body } = await reset(two, ada, user.id)
  t.match({ status, body }, { status: 202, body: { status: 'waiting', user_id: user.id, requested_by: ada.user.id } })
  t.same(await leftOf(node, user.id), everything)
  t.equal(await mailsTo(user.id), 0)
  const again = await reset(two, bob, user.id)
  t.match(again, { status: 202, body: { id: body.id, requested_by: ada.user.id } }, 'to ask again confirms nothing')
  t.same(await leftOf(node, user.id), everything)
  const listed = await ask<{ factor_resets: object[] }>(two, bob, '/admin/factor-resets')
  t.match(listed.body.factor_resets, [{ id: body.id }])
  t.match(await confirm(two, ada, body.id), forbidden, 'the same administrator')
  t.same(await leftOf(node, user.id), everything)
  t.match(await confirm(two, bob, body.id), { status: 200, body: { status: 'reset' } })
  t.same(await leftOf(node, user.id), nothing)
  t.equal(await mailsTo(user.id), 1)
  t.match(await confirm(two, bob, body.id), gone, 'twice')
  t.match(await auditRows(node, `subject_id = $1 AND type LIKE 'admin_factor%'`, [user.id]), [
    { type: 'admin_factor_reset_requested', actor_id: ada.user.id, detail: { reset: body.id } },
    { type: 'admin_factors_reset', actor_id: bob.user.id, detail: { requested_by: ada.user.id } },
  ])
})

t.test('the user who is reset cannot confirm it', async (t) => {
  const user = await registerLost(node)
  const { body } = await reset(two, ada, user.user.id)
  // Administrators have one factor here, so the token has the role and no second factor.
  const admin = await withRoles(node, user, ['admin'])
  t.match(await confirm(two, admin, body.id), forbidden)
  t.same((await leftOf(node, user.user.id)).slice(0, 2), [2, 1])
})

t.test(
  'a reset that waits ends after an hour, when it is cancelled, or when its administrator is none any more',
  async (t) => {
    const begin = async () => {
      const { user } = await registerLost(node)
      return { user, id: (await reset(two, ada, user.id)).body.id }
    }
    const old = await begin()
    const [row] = await node.database.prisma.factorReset.findMany({ where: { id: old.id } })
    t.equal(Number(row?.expiresAt) - Number(row?.createdAt) <= 3_600_000, true)
    await node.database.pool.query('UPDATE factor_resets SET expires_at = now() WHERE id = $1', [old.id])
    t.match(await confirm(two, bob, old.id), gone, 'it has expired')
    t.equal((await reset(two, bob, old.user.id)).body.id === old.id, false, 'and may be asked for again')
    const unwanted = await begin()
    t.equal((await cancel(two, bob, unwanted.id)).status, 204)
    t.match(await confirm(two, bob, unwanted.id), gone, 'it was cancelled')
    t.match(await cancel(two, bob, unwanted.id), gone)
    const former = await registerAdmin(node)
    const { user } = await registerLost(node)
    const { body } = await reset(two, former, user.id)
    await change(node, ada, former.user.id, { roles: [] })
    t.match(await confirm(two, bob, body.id), gone, 'its administrator was demoted')
    for (const one of [old.user, unwanted.user, user]) t.same(await leftOf(node, one.id), everything)
  },
)

t.test('two confirmations at once do it once', async (t) => {
  const carl = await registerAdmin(node)
  const { user } = await registerLost(node)
  const { body } = await reset(two, ada, user.id)
  const answers = await Promise.all([bob, carl].map((admin) => confirm(two, admin, body.id)))
  t.same(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 404],
  )
  t.equal(await mailsTo(user.id), 1)
})

t.test('administrators see kinds and numbers of factors, and whether the policy requires one', async (t) => {
  const strict = await startNode(t, { env: { FACTORS_REQUIRED_ROLES: 'editor' }, databaseUrl: node.databaseUrl })
  const lost = await registerLost(node)
  const { user } = lost
  const counts = { totp: 1, passkeys: 1, recovery_codes_left: 1, trusted_devices: 1 }
  const shown = (at: typeof node) => ask(at, ada, `/admin/users/${user.id}`)
  t.match((await shown(node)).body, { factor_kinds: ['passkey', 'totp'], factors: counts, factor_required: false })
  await withRoles(node, await register(node.baseUrl), ['editor'])
  await node.database.pool.query(`UPDATE users SET roles = '{editor}' WHERE id = $1`, [user.id])
  t.match((await shown(strict)).body, { factor_required: true })
  const list = await ask<{ users: object[] }>(strict, ada, '/admin/users', { email: user.email })
  t.match(list.body.users, [{ factor_kinds: ['passkey', 'totp'], factor_required: true }])
  t.notMatch(JSON.stringify([list.body, (await shown(strict)).body]), /sealed|public_key/)
})
