/** A trusted device has a budget of its own, so attacks on its account do not keep it out, and it does not help them. */
import t from 'tap'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createTrustedDeviceTokens, trustedDeviceSeconds } from '../../src/tokens/trusted-device-token.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { call, register } from '../setup/client.ts'
import { testSecret } from '../setup/node.ts'
import { forgetAttempts, guesses, login, password, startLimited, userWithDevice } from './place.ts'

const node = await startLimited(t, { env: { SPA_ORIGINS: spaOrigins } })
const { baseUrl } = node
const wrong = 'not the password'
t.beforeEach(() => forgetAttempts(node))

t.test('while an account is attacked, a trusted device can log in and a new device must wait', async (t) => {
  const { user, device_token: device } = await userWithDevice(node)
  await guesses(node, 6, user.email)
  t.match(await login(node, { email: user.email }), { status: 429 })
  const known = await login(node, { email: user.email, device })
  t.match(known, { status: 200 })
  t.equal(known.body.device_token?.split('.')[1], device.split('.')[1], 'the device token still names the same device')
  t.match(await login(node, { email: user.email }), { status: 429 }, 'a new device still waits')
})

t.test('an attack from the same address does not keep a trusted device out', async (t) => {
  const env = { RATE_LIMITS: 'requests=0,login_address=3/600' }
  const strict = await startLimited(t, { databaseUrl: node.databaseUrl, env })
  const { user, device_token: device } = await userWithDevice(strict)
  for (let i = 0; i < 3; i++) await guesses(strict, 1, `somebody-${i}@example.com`)
  t.match(await login(strict, { email: user.email }), { status: 429 })
  t.match(await login(strict, { email: user.email, device }), { status: 200 })
})

t.test('guesses with a stolen device token use up the budget of that device only', async (t) => {
  const { user, device_token: device } = await userWithDevice(node)
  const { body } = await login(node, { email: user.email })
  const statuses: number[] = []
  for (let i = 0; i < 8; i++) {
    statuses.push((await login(node, { email: user.email, password: wrong, device })).status)
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
  t.match(
    await login(node, { email: user.email, device: body.device_token }),
    { status: 200 },
    'another device can log in',
  )
  t.match(await login(node, { email: user.email }), { status: 200 }, 'a client without a device token can log in')
})

t.test('a device token does not replace the password, and works for its own account only', async (t) => {
  const [ada, eve] = [await userWithDevice(node), await userWithDevice(node)]
  t.match(await login(node, { email: ada.user.email, password: wrong, device: ada.device_token }), { status: 401 })
  await guesses(node, 5, ada.user.email)
  t.match(await login(node, { email: ada.user.email, device: eve.device_token }), { status: 429 })
  for (const text of [`${ada.device_token}x`, ada.device_token.replace('cd1', 'cd2'), 'nonsense']) {
    t.match(await login(node, { email: ada.user.email, device: text }), { status: 429 }, text)
  }
  const [version, id, , expiry, tag] = eve.device_token.split('.')
  const forged = [version, id, ada.user.id, expiry, tag].join('.')
  t.match(await login(node, { email: ada.user.email, device: forged }), { status: 429 })
  const invalid = await call(`${baseUrl}/auth/me`, { token: ada.device_token })
  t.match(invalid, { status: 401, body: { code: 'invalid_token' } })
})

t.test('a device token is valid for 400 days, under every secret of the list', async (t) => {
  const [old, next] = [testSecret, 'another secret that is only good for tests']
  const [userId, now] = ['7e57ab1e-0000-4000-8000-000000000000', Date.now()]
  const tokens = (secrets: string[], seconds = 0) =>
    createTrustedDeviceTokens(newestInForce(secrets), () => now + seconds * 1000)
  const text = tokens([old]).issue(userId)
  t.match(tokens([next, old]).parse(text), { userId })
  t.equal(tokens([next]).parse(text), undefined)
  t.match(tokens([old], trustedDeviceSeconds - 2).parse(text), { userId })
  t.equal(tokens([old], trustedDeviceSeconds + 1).parse(text), undefined)
  t.equal(tokens([old]).parse(text.replace(/\.\d{10}\./, '.9999999999.')), undefined)
})

t.test('in cookie mode the device token is a cookie, and logout keeps it', async (t) => {
  const page = openPage(baseUrl)
  const { body } = await page.register()
  const { email } = body['user'] as { email: string }
  t.notOk('device_token' in body)
  t.equal((await page.logout()).status, 204)
  t.same([...page.jar.keys()], ['__Host-Http-device'])
  await guesses(node, 6, email)
  t.equal((await page.login(email)).status, 200)
  t.equal((await openPage(baseUrl).login(email)).status, 429)
  const both = await page.ask('POST', '/auth/login', { email, password, device_token: 'in the body' })
  t.match(both, { status: 400, body: { errors: [{ path: '/device_token' }] } })
})

t.test('a login ignores the device cookie without cookie mode, and a doubled device cookie', async (t) => {
  const page = openPage(baseUrl)
  const { body } = await page.register()
  const { email } = body['user'] as { email: string }
  await page.logout()
  const [[name, value] = ['', '']] = [...page.jar]
  const bearer = await fetch(`${baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: `${name}=${value}` },
    body: JSON.stringify({ email, password }),
  })
  t.equal(bearer.status, 200, 'the login is in bearer mode')
  t.match(await bearer.json(), { access_token: /^ey/, device_token: /^cd1\./ })
  await guesses(node, 6, email)
  page.jar.set(name, `${value}; ${name}=${value}`)
  t.equal((await page.login(email)).status, 429)
})

t.test('beyond new_devices, a login succeeds but makes no trusted device', async (t) => {
  const env = { RATE_LIMITS: 'requests=0,new_devices=2/600' }
  const few = await startLimited(t, { databaseUrl: node.databaseUrl, env })
  const { user, device_token: device } = await userWithDevice(few)
  t.ok((await login(few, { email: user.email })).body.device_token)
  const third = await login(few, { email: user.email })
  t.equal(third.status, 200)
  t.equal(third.body.device_token, undefined)
  t.ok((await login(few, { email: user.email, device })).body.device_token, 'a trusted device stays trusted')
})

t.test('a refresh returns no device token', async (t) => {
  const ada = await register(baseUrl)
  const { status, body } = await call(`${baseUrl}/auth/refresh`, { body: { refresh_token: ada.refresh_token } })
  t.equal(status, 200)
  t.notOk('device_token' in body)
})
