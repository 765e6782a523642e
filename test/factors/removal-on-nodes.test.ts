/** The removal of a factor on one node ends on another node what it should, within the time that the feed promises. */
import t from 'tap'
import { call, password, refresh, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { addPasskey } from '../setup/factors.ts'
import { startNode } from '../setup/node.ts'
import { registerWithApp } from '../setup/totp.ts'
import { enterPassword, signInWithTwo } from './trusted-devices/trust.ts'

const env = { TRUST_DEVICE_DAYS: '30' }
const node = await startNode(t, { env })
const other = await startNode(t, { env, databaseUrl: node.databaseUrl })

t.test('access tokens and trusted devices end on the other node, and so does a sign-in under way', async (t) => {
  const { user, app, refresh_token } = await registerWithApp(node)
  await addPasskey(node.database, user.id)
  const { body: pair } = await refresh(node.baseUrl, refresh_token)
  const { device } = await signInWithTwo(node, user.id)
  t.match((await enterPassword(other, user.email, device)).body, { status: 'signed_in' })
  t.equal((await whoami(other.baseUrl, pair.access_token)).status, 200)
  const begun = await call(`${other.baseUrl}/auth/login`, { body: { email: user.email, password } })
  const path = `${node.baseUrl}/auth/factors/${app.id}`
  t.equal((await call(path, { method: 'DELETE', token: pair.access_token })).status, 200)
  await untilDenied(other, pair.access_token)
  t.match((await enterPassword(other, user.email, device)).body, {
    status: 'factor_required',
    factors: ['passkey', 'recovery_code'],
  })
  const body = { attempt: begun.body['attempt'], method: 'totp', code: app.code() }
  t.match(await call(`${other.baseUrl}/auth/login/factor`, { body }), { status: 401 })
  t.equal((await refresh(other.baseUrl, pair.refresh_token)).status, 200, 'the session of the user goes on')
})
