/** A user whose account is attacked gets in again with a new password by mail. */
import t from 'tap'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { newPassword, newResetToken, reset } from '../passwords/mailbox.ts'
import { register } from '../setup/client.ts'
import { forgetAttempts, guess, guesses, login, startLimited } from './place.ts'

const env = { SPA_ORIGINS: spaOrigins, RATE_LIMITS: 'requests=0,login_address=12/600', TRUSTED_PROXIES: '127.0.0.1' }
const node = await startLimited(t, { env })
t.beforeEach(() => forgetAttempts(node))

t.test('after a reset, the wrong passwords at the account are forgotten', async (t) => {
  const { user } = await register(node.baseUrl)
  await guesses(node, 10, user.email, '198.51.100.1')
  t.match(await login(node, { email: user.email }), { status: 429 })
  t.equal((await reset(node, await newResetToken(node, user))).status, 204)
  t.match(await login(node, { email: user.email, password: newPassword }), { status: 200 })
})

t.test('a reset that fails forgets nothing', async (t) => {
  const { user } = await register(node.baseUrl)
  await guesses(node, 10, user.email, '198.51.100.1')
  t.equal((await reset(node, 'A'.repeat(43))).status, 400)
  t.match(await login(node, { email: user.email }), { status: 429 })
})

for (const [where, origin, site] of [
  ['on a page of the app', 'https://app.example.test', 'same-site'],
  ['on the built-in page', 'https://auth.example.test', 'same-origin'],
] as const) {
  t.test(`a reset ${where} makes the browser a trusted device`, async (t) => {
    const { user } = await register(node.baseUrl)
    const page = openPage(node.baseUrl, { origin, site })
    const token = await newResetToken(node, user)
    const { status } = await page.ask('POST', '/auth/password/reset', { token, password: newPassword })
    t.equal(status, 204)
    t.same([...page.jar.keys()], ['__Host-Http-device'])
    await guesses(node, 10, user.email, '198.51.100.1')
    t.match(await login(node, { email: user.email, password: newPassword }), { status: 429 }, 'a new device waits')
    t.equal((await page.login(user.email, newPassword)).status, 200)
  })
}

t.test('a client that keeps asking for a blocked account uses up the budget of its address', async (t) => {
  const { user } = await register(node.baseUrl)
  const statuses = await guesses(node, 12, user.email, '198.51.100.7')
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429, 429, 429, 429, 429, 429])
  t.match(await guess(node, 'another@example.com', '198.51.100.7'), { status: 429 })
  t.match(await guess(node, 'another@example.com', '198.51.100.8'), { status: 401 }, 'another address may try')
})
