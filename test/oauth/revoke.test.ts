import t from 'tap'
import { cookieHeader, openPage, spaOrigins } from '../http/browser/page.ts'
import { send } from '../http/browser/wire.ts'
import { refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { row } from '../setup/sessions.ts'
import { basic, billing, formBasic, post, rawBasic, revoke, startOauthNode } from './services.ts'

let now = Date.now()
const env = { SPA_ORIGINS: spaOrigins, REVOCATION_LISTEN: 'off' }
// This node polls the database once a second, so what it denies at once, the request itself denied.
const node = await startOauthNode(t, { clock: () => now, env })
const other = await startOauthNode(t, { databaseUrl: node.databaseUrl })
const { baseUrl } = node
const reasonOf = async (sessionId: string) => (await row(node, sessionId)).revoke_reason

for (const kind of ['access_token', 'refresh_token'] as const) {
  t.test(`a revoked ${kind} ends its session, on this node at once and on others soon`, async (t) => {
    const pair = await register(baseUrl)
    t.equal((await whoami(other.baseUrl, pair.access_token)).status, 200)
    const answer = await revoke(node, pair[kind])
    t.match(answer, { status: 200, text: '' })
    t.equal(answer.headers.get('cache-control'), 'no-store')
    t.equal((await whoami(baseUrl, pair.access_token)).status, 401)
    t.equal((await refresh(baseUrl, pair.refresh_token)).status, 401)
    t.comment(`denied on the other node after ${await untilDenied(other, pair.access_token)} ms`)
    t.equal(await reasonOf(pair.session_id), 'logout')
    t.match(await revoke(node, pair[kind]), { status: 200, text: '' }, 'again: nothing more happens')
  })
}

t.test('an old refresh token ends its session too', async (t) => {
  const pair = await register(baseUrl)
  const next = await refresh(baseUrl, pair.refresh_token)
  await refresh(baseUrl, next.body.refresh_token)
  t.equal((await revoke(node, pair.refresh_token)).status, 200)
  t.equal(await reasonOf(pair.session_id), 'logout')
})

t.test('the refresh token of a cookie session ends it, given as a parameter', async (t) => {
  const page = openPage(baseUrl)
  await page.register()
  const token = String(page.jar.get('__Host-Http-refresh'))
  t.equal((await revoke(node, token)).status, 200)
  t.equal((await page.refresh()).status, 401)
})

t.test('cookies are ignored, with and without the parameter', async (t) => {
  const page = openPage(baseUrl)
  await page.register()
  const headers = [...cookieHeader(page.jar), ['Content-Type', 'application/x-www-form-urlencoded']] as const
  t.equal((await send(baseUrl, { path: '/oauth/revoke', headers, body: '' })).status, 400)
  t.match(await send(baseUrl, { path: '/oauth/revoke', headers, body: 'token=x' }), { status: 200, setCookies: [] })
  t.equal((await page.refresh()).status, 200, 'the session goes on')
})

t.test('a wrong token_type_hint does not matter', async (t) => {
  for (const hint of ['access_token', 'refresh_token', 'id_token', 'x'.repeat(5000), '\u0000', '']) {
    const [one, two] = [await register(baseUrl), await register(baseUrl)]
    for (const token of [one.access_token, two.refresh_token]) {
      t.equal(
        (await revoke(node, token, { token_type_hint: hint, client_id: 'first-party', what: 'ever' })).status,
        200,
      )
    }
    t.same(
      [await reasonOf(one.session_id), await reasonOf(two.session_id)],
      ['logout', 'logout'],
      JSON.stringify(hint.slice(0, 20)),
    )
  }
})

t.test('a revocation ends one session, and not the other sessions of the user', async (t) => {
  const [one, two] = [await register(baseUrl), await register(baseUrl)]
  await revoke(node, one.access_token)
  t.equal(await reasonOf(two.session_id), null)
})

t.test('an expired access token gets a 200 and ends nothing', async (t) => {
  const pair = await register(baseUrl)
  now += 601_000
  t.match(await revoke(node, pair.access_token), { status: 200, text: '' })
  t.equal(await reasonOf(pair.session_id), null)
  t.equal((await refresh(baseUrl, pair.refresh_token)).status, 200)
})

t.test('a token of another server ends nothing', async (t) => {
  const pair = await register(baseUrl)
  const parts = pair.refresh_token.split('.')
  const forged = [parts.with(4, 'A'.repeat(22)), parts.with(3, 'A'.repeat(43)), parts.with(2, '1')]
  for (const token of [
    ...forged.map((one) => one.join('.')),
    `${pair.access_token.slice(0, -4)}AAAA`,
    pair.session_id,
  ]) {
    t.match(await revoke(node, token), { status: 200, text: '' })
  }
  t.equal(await reasonOf(pair.session_id), null)
})

t.test('revocation needs no credential, and fails with a wrong one', async (t) => {
  const pair = await register(baseUrl)
  const attempt = (authorization: string) =>
    post(`${baseUrl}/oauth/revoke`, { token: pair.access_token }, { authorization })
  for (const wrong of [
    basic('billing:wrong'),
    basic('first-party:'),
    'Basic',
    'basic !',
    `Basic ${'A'.repeat(5000)}`,
  ]) {
    t.match(await attempt(wrong), { status: 401, body: { error: 'invalid_client' } }, wrong.slice(0, 40))
  }
  t.equal(await reasonOf(pair.session_id), null)
  t.equal((await attempt(formBasic(billing))).status, 200)
  t.equal(await reasonOf(pair.session_id), 'logout')
  t.equal((await attempt(rawBasic(billing))).status, 200)
})

t.test('a Bearer token in the header is not a client credential and is ignored', async (t) => {
  const [named, header] = [await register(baseUrl), await register(baseUrl)]
  for (const token of [header.access_token, 'expired']) {
    const headers = { authorization: `Bearer ${token}` }
    t.equal((await post(`${baseUrl}/oauth/revoke`, { token: named.refresh_token }, headers)).status, 200)
  }
  t.same([await reasonOf(named.session_id), await reasonOf(header.session_id)], ['logout', null])
})
