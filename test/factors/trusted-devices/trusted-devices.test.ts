/** Devices that skip the second factor: which do, for whom, and for how long. */
import t from 'tap'
import { migrate } from '../../../src/database/migrations/migrate.ts'
import { createTrustedDeviceStore } from '../../../src/factors/trusted-devices/trusted-device-store.ts'
import { auditRows } from '../../setup/admins.ts'
import { call, nowhere, password, whoami } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { addPasskey } from '../../setup/factors.ts'
import { startNode } from '../../setup/node.ts'
import { app, createMachine } from '../../signin/machine.ts'
import { enterPassword, registerWithTotp, renewed, signInWithTwo } from './trust.ts'

// The tables of this checkout and not the template, so that a break of a migration is noticed.
const { url: databaseUrl, drop } = await createDatabase({ migrated: false })
t.teardown(drop)
await migrate(databaseUrl)
const node = await startNode(t, { databaseUrl, env: { TRUST_DEVICE_DAYS: '30' } })
const { prisma, pool } = node.database
const asked = { status: 200, body: { status: 'factor_required', factors: ['totp', 'recovery_code'] } }
const letIn = { status: 200, body: { status: 'signed_in' } }
const rowsOf = (userId: string) => prisma.trustedDevice.findMany({ where: { userId } })

t.test('a trusted device skips the second factor, and its token says so', async (t) => {
  const { user } = await registerWithTotp(node)
  const { device, sessionId } = await signInWithTwo(node, user.id)
  const { status, body } = await enterPassword(node, user.email, device)
  t.match({ status, body }, letIn)
  t.match((await whoami(node.baseUrl, body.access_token)).body, { acr: 'aal1', amr: ['pwd'] })
  t.match(await enterPassword(node, user.email), asked, 'another device does not')
  t.match(await auditRows(node, `type = 'trusted_device_added' AND subject_id = $1`, [user.id]), [
    { actor_id: user.id, session_id: sessionId, detail: { device: device.split('.')[1] } },
  ])
  const [{ expiresAt, createdAt } = { expiresAt: new Date(), createdAt: new Date() }] = await rowsOf(user.id)
  t.equal(expiresAt.getTime() - createdAt.getTime(), 30 * 86_400_000)
})

t.test('a device that the user did not trust does not skip it', async (t) => {
  const { user } = await registerWithTotp(node)
  const { device } = await signInWithTwo(node, user.id, { trustsDevice: false })
  t.match(await enterPassword(node, user.email, device), asked)
  t.same(await rowsOf(user.id), [])
})

t.test('a device is trusted only by a sign-in with two factors', async (t) => {
  const { user, factorId } = await registerWithTotp(node)
  await prisma.factor.delete({ where: { id: factorId } })
  const { device_token: device } = (await enterPassword(node, user.email)).body
  const answer = await call(`${node.baseUrl}/auth/login`, {
    body: { email: user.email, password, device_token: device, trust_device: true },
  })
  t.match(answer, { status: 400, body: { code: 'invalid_request' } }, 'a password takes no such wish')
  t.same(await rowsOf(user.id), [])
})

t.test('a device of another user skips nothing', async (t) => {
  const [ada, eve] = [await registerWithTotp(node), await registerWithTotp(node)]
  const { device: hers } = await signInWithTwo(node, ada.user.id)
  const { device: eves } = await signInWithTwo(node, eve.user.id)
  t.match(await enterPassword(node, ada.user.email, eves), asked)
  // The same device id in the rows of both: the token says whose device it is.
  await pool.query('UPDATE trusted_devices SET device_id = $2 WHERE user_id = $1', [ada.user.id, eves.split('.')[1]])
  t.match(await enterPassword(node, ada.user.email, eves), asked)
  t.match(await enterPassword(node, ada.user.email, hers), asked)
  await pool.query('UPDATE trusted_devices SET device_id = $2 WHERE user_id = $1', [eve.user.id, hers.split('.')[1]])
  t.match(await enterPassword(node, ada.user.email, hers), asked, 'nor does a row of another user')
  const forged = hers.replace(ada.user.id, eve.user.id)
  t.match(await enterPassword(node, eve.user.email, forged), asked)
})

t.test('trust in a device ends after its days, also if the setting became smaller', async (t) => {
  const { user } = await registerWithTotp(node)
  const { device } = await signInWithTwo(node, user.id)
  const days = async (count: number) =>
    startNode(t, { databaseUrl: node.databaseUrl, env: { TRUST_DEVICE_DAYS: String(count) } })
  const shift = (interval: string) =>
    pool.query('UPDATE trusted_devices SET created_at = now() - $2::interval WHERE user_id = $1', [user.id, interval])
  t.match(await enterPassword(await days(0), user.email, device), asked, 'with 0 days no device is trusted')
  const { user: careful } = await registerWithTotp(node)
  await signInWithTwo(await days(0), careful.id)
  t.same(await rowsOf(careful.id), [], 'and none is stored')
  const week = await days(7)
  await shift('8 days')
  t.match(await enterPassword(week, user.email, device), asked, 'eight days are more than seven')
  t.match(await enterPassword(node, user.email, device), letIn, 'and less than thirty')
  await shift('6 days')
  t.match(await enterPassword(week, user.email, device), letIn)
  await pool.query('UPDATE trusted_devices SET expires_at = now() WHERE user_id = $1', [user.id])
  t.match(await enterPassword(node, user.email, device), asked, 'it has expired')
  t.ok((await signInWithTwo(node, user.id, { device })).device)
  t.match(await enterPassword(node, user.email, device), letIn, 'a second factor trusts it again')
  t.equal((await rowsOf(user.id)).length, 1)
})

const changes: Record<string, (user: { id: string; factorId: string; token: string }) => Promise<unknown>> = {
  'a change of the password': ({ token }) =>
    call(`${node.baseUrl}/auth/password`, {
      token,
      body: { current_password: password, new_password: `new ${password}` },
    }),
  'a new factor': ({ id }) => addPasskey(node.database, id),
  'the removal of a factor': ({ factorId }) => prisma.factor.delete({ where: { id: factorId } }),
  'disabling the account': ({ id }) => pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id]),
  'the deletion of the account': ({ id }) => pool.query('DELETE FROM users WHERE id = $1', [id]),
}
for (const [name, change] of Object.entries(changes)) {
  t.test(`${name} ends the trust in every device of the user, and in no other`, async (t) => {
    const other = await registerWithTotp(node)
    await signInWithTwo(node, other.user.id)
    const { user, factorId, refresh_token } = await registerWithTotp(node)
    const { access_token: token } = await renewed(node, { refresh_token })
    for (const _ of [1, 2]) await signInWithTwo(node, user.id)
    t.equal((await rowsOf(user.id)).length, 2)
    await change({ id: user.id, factorId, token })
    t.same(await rowsOf(user.id), [])
    t.equal((await rowsOf(other.user.id)).length, 1)
  })
}

t.test('a factor that changes during the sign-in leaves no trust behind', async (t) => {
  const { user } = await registerWithTotp(node)
  const account = await prisma.user.findUniqueOrThrow({ where: { id: user.id } })
  await addPasskey(node.database, user.id)
  const store = createTrustedDeviceStore(node.database)
  const device = { id: 'A'.repeat(22), name: 'node', days: 30 }
  const trust = async (version: typeof account) =>
    store.trust(version, device, { id: '7e57ab1e-0000-4000-8000-000000000000', context: nowhere })
  await trust(account)
  t.same(await rowsOf(user.id), [])
  await trust(await prisma.user.findUniqueOrThrow({ where: { id: user.id } }))
  t.equal((await rowsOf(user.id)).length, 1)
})

t.test('a trusted device does not replace the second factor when the user signs in again', async (t) => {
  const { user } = await registerWithTotp(node)
  const { device } = await signInWithTwo(node, user.id)
  const { access_token: token } = (await enterPassword(node, user.email, device)).body
  const { body } = await call(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password } })
  t.match(body, { status: 'factor_required' })
  // In cookie mode the browser sends the token of the device with every request.
  const { advance } = createMachine(node)
  const account = await prisma.user.findUniqueOrThrow({ where: { id: user.id } })
  const { sid } = (await whoami(node.baseUrl, token)).body as { sid: string }
  const goal = { renews: { sessionId: sid, before: ['pwd'] } }
  t.match(await advance({ goal, client: { ...app, device }, amr: [] }, { account, amr: ['pwd'] }), {
    status: 'factor_required',
  })
})
