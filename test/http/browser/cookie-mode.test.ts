import t from 'tap'
import { password } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { row } from '../../setup/sessions.ts'
import { app, asPage, newEmail, openPage, partner, spaOrigins } from './page.ts'
import { json, type Reply, send } from './wire.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const { baseUrl } = node
const access = '__Host-Http-access'
const refresh = '__Host-Http-refresh'
const device = '__Host-Http-device'

/** The attributes of the Set-Cookie headers by cookie name, in a fixed order. */
function attributesOf({ setCookies }: Reply): Record<string, string[]> {
  const entries = setCookies.map((line): [string, string[]] => {
    const [pair = '', ...attributes] = line.split('; ')
    return [pair.split('=')[0] ?? '', attributes.filter((one) => !one.startsWith('Expires=')).toSorted()]
  })
  if (new Set(entries.map(([name]) => name)).size !== entries.length) throw new Error('a cookie is set twice')
  return Object.fromEntries(entries)
}
const days30 = 30 * 86_400
const days400 = 400 * 86_400
const strict = (maxAge: number) => ['HttpOnly', `Max-Age=${maxAge}`, 'Path=/', 'SameSite=Strict', 'Secure']
const acrossSites = (maxAge: number) => [
  'HttpOnly',
  `Max-Age=${maxAge}`,
  'Partitioned',
  'Path=/',
  'SameSite=None',
  'Secure',
]
const reasonOf = async (sessionId: unknown) => (await row(node, String(sessionId))).revoke_reason

t.test(
  'register, login and refresh set the cookies with exactly these attributes, and no token in the body',
  async (t) => {
    const page = openPage(baseUrl)
    const email = newEmail()
    for (const [name, ask, status] of [
      ['register', () => page.register(email), 201],
      ['login', () => page.login(email), 200],
      ['refresh', () => page.refresh(), 200],
    ] as const) {
      const reply = await ask()
      t.equal(reply.status, status, name)
      const known = name === 'refresh' ? {} : { [device]: strict(days400) }
      t.strictSame(attributesOf(reply), { [access]: strict(600), [refresh]: strict(days30), ...known }, name)
      const proof = name === 'register' ? ['verification_id'] : []
      const members = ['status', 'mode', 'expires_in', 'refresh_expires_in', 'session_id', ...proof, 'user']
      t.strictSame(Object.keys(reply.body), members, name)
      t.match(
        reply.body,
        { status: 'signed_in', mode: 'cookie', expires_in: 600, refresh_expires_in: days30, user: { email } },
        name,
      )
      t.equal(reply.headers['cache-control'], 'no-store', name)
      t.notMatch(JSON.stringify(reply.body), /cs1\.|cd1\.|eyJ/, name)
    }
  },
)

t.test('the refresh cookie does not outlive its session', async (t) => {
  const short = await startNode(t, {
    env: { SPA_ORIGINS: app, SESSION_IDLE_SECONDS: '900', SESSION_MAX_SECONDS: '900' },
  })
  const reply = await openPage(short.baseUrl).register()
  t.strictSame(attributesOf(reply), { [access]: strict(600), [refresh]: strict(900), [device]: strict(days400) })
})

t.test('COOKIE_SAMESITE=lax makes them Lax, and changes nothing else', async (t) => {
  const lax = await startNode(t, { env: { SPA_ORIGINS: spaOrigins, COOKIE_SAMESITE: 'lax' } })
  const isLax = (list: string[]) => list.map((one) => (one === 'SameSite=Strict' ? 'SameSite=Lax' : one))
  const page = openPage(lax.baseUrl)
  const set = { [access]: isLax(strict(600)), [refresh]: isLax(strict(days30)), [device]: isLax(strict(days400)) }
  t.strictSame(attributesOf(await page.register()), set)
  t.strictSame(attributesOf(await page.logout()), { [access]: isLax(strict(0)), [refresh]: isLax(strict(0)) })
  const other = openPage(lax.baseUrl, { origin: partner, site: 'cross-site' })
  t.strictSame(
    attributesOf(await other.register())[access],
    acrossSites(600),
    'a cross-site origin has None all the same',
  )
})

t.test('an origin that is listed as cross-site, and no other, gets SameSite=None; Secure; Partitioned', async (t) => {
  const page = openPage(baseUrl, { origin: partner, site: 'cross-site' })
  const set = { [access]: acrossSites(600), [refresh]: acrossSites(days30) }
  t.strictSame(attributesOf(await page.register()), { ...set, [device]: acrossSites(days400) })
  t.strictSame(attributesOf(await page.refresh()), set)
  t.match(await page.whoami(), { status: 200 })
  t.strictSame(attributesOf(await page.logout()), { [access]: acrossSites(0), [refresh]: acrossSites(0) })
  const refused = await openPage(baseUrl, { site: 'cross-site' }).register()
  t.match(refused, { status: 403, setCookies: [], body: { code: 'csrf_rejected' } })
})

t.test('the access cookie authenticates whoami, me, and a change of the profile', async (t) => {
  const page = openPage(baseUrl)
  const { body } = await page.register()
  t.match(await page.whoami(), { status: 200, body: { sid: body['session_id'] } })
  t.match(await page.ask('GET', '/auth/me'), { status: 200, body: body['user'] })
  t.match(await page.ask('PATCH', '/auth/me', { name: 'Ada' }), { status: 200, body: { name: 'Ada' } })
})

t.test('a GET needs the cookie and nothing else', async (t) => {
  const { jar } = await registered()
  const cookie = ['Cookie', `${access}=${jar.get(access)}`] as const
  t.match(await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers: [cookie] }), { status: 200 })
})

async function registered() {
  const page = openPage(baseUrl)
  const email = newEmail()
  const { body } = await page.register(email)
  return Object.assign(page, { email, sessionId: String(body['session_id']) })
}

t.test('refresh by cookie rotates both; a replay within the leeway gives the same refresh cookie', async (t) => {
  const page = await registered()
  const [first, firstAccess] = [page.jar.get(refresh), page.jar.get(access)]
  t.match(await page.refresh(), { status: 200, body: { session_id: page.sessionId } })
  const second = page.jar.get(refresh)
  t.not(second, first)
  t.not(page.jar.get(access), firstAccess)
  page.jar.set(refresh, String(first))
  t.match(await page.refresh(), { status: 200 })
  t.equal(page.jar.get(refresh), second)
  t.match(await page.whoami(), { status: 200 })
})

t.test('two parallel refreshes get one successor, and the session stays active', async (t) => {
  const page = await registered()
  const replies = await Promise.all([page.refresh(), page.refresh()])
  const values = replies.map(({ setCookies }) => setCookies.find((line) => line.startsWith(refresh))?.split(';')[0])
  t.same(
    replies.map(({ status }) => status),
    [200, 200],
  )
  t.equal(new Set(values).size, 1)
  t.match(await page.refresh(), { status: 200 })
})

t.test('a refresh without a cookie is 401 and sets no cookie', async (t) => {
  t.match(await openPage(baseUrl).refresh(), { status: 401, setCookies: [], body: { code: 'invalid_refresh_token' } })
})

t.test(
  'logout ends the session, clears the cookies with the attributes that were set, and can be repeated',
  async (t) => {
    const page = await registered()
    const before = new Map(page.jar)
    const reply = await page.logout()
    t.equal(reply.status, 204)
    t.strictSame(attributesOf(reply), { [access]: strict(0), [refresh]: strict(0) })
    t.ok(reply.setCookies.every((line) => /^[^=]+=; /.test(line) && line.includes('Expires=Thu, 01 Jan 1970')))
    t.equal(await reasonOf(page.sessionId), 'logout')
    t.same([...page.jar.keys()], [device], 'it stays known as the device that it is')
    t.match(await page.logout(), { status: 204 }, 'without cookies')
    for (const [name, value] of before) page.jar.set(name, value)
    t.match(await page.logout(), { status: 204 }, 'with the old ones')
    for (const [name, value] of before) page.jar.set(name, value)
    t.match(await page.refresh(), { status: 401 })
  },
)

t.test('logout clears invalid cookies, and ends the session that either cookie names', async (t) => {
  const page = openPage(baseUrl)
  page.jar.set(access, 'nonsense').set(refresh, 'nonsense')
  t.match(await page.logout(), { status: 204 })
  t.equal(page.jar.size, 0)
  for (const left of [access, refresh]) {
    const one = await registered()
    for (const name of [access, refresh]) if (name !== left) one.jar.delete(name)
    t.match(await one.logout(), { status: 204 }, left)
    t.equal(await reasonOf(one.sessionId), 'logout', left)
  }
})

t.test('login and register in cookie mode end the session whose cookie came with them', async (t) => {
  const page = await registered()
  const second = await page.login(page.email)
  t.equal(await reasonOf(page.sessionId), 'replaced')
  t.equal(await reasonOf(second.body['session_id']), null)
  const third = await page.register()
  t.equal(await reasonOf(second.body['session_id']), 'replaced')
  t.equal(await reasonOf(third.body['session_id']), null)
})

t.test('a login that fails ends nothing and sets nothing', async (t) => {
  const page = await registered()
  t.match(await page.login(page.email, 'not the password'), { status: 401, setCookies: [] })
  t.match(await page.login('nobody@example.com'), { status: 401, setCookies: [] })
  t.match(await page.register(page.email), { status: 409, setCookies: [] })
  t.equal(await reasonOf(page.sessionId), null)
  t.match(await page.refresh(), { status: 200 })
})

t.test('a login that the gate refuses neither ends nor starts a session', async (t) => {
  const page = await registered()
  const evil = openPage(baseUrl, { origin: 'https://evil.test' })
  for (const [name, value] of page.jar) evil.jar.set(name, value)
  t.match(await evil.login(page.email), { status: 403, setCookies: [], body: { code: 'csrf_rejected' } })
  const { rows } = await node.database.pool.query(
    'SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1',
    [page.email],
  )
  t.equal(Number(rows[0].count), 1)
  t.equal(await reasonOf(page.sessionId), null)
})

t.test('a cookie without Authorization means cookie mode, and a refusal says what to send', async (t) => {
  const page = await registered()
  const cookie = ['Cookie', `${refresh}=${page.jar.get(refresh)}`] as const
  const origin = ['Origin', app] as const
  const detail = async (...headers: (readonly [string, string])[]) => {
    const reply = await send(baseUrl, { path: '/auth/refresh', headers: [cookie, ...headers], body: '{}' })
    t.match(reply, { status: 403, setCookies: [], body: { code: 'csrf_rejected', retryable: false } })
    return reply.body['detail']
  }
  t.match(await detail(origin, json), /X-Auth-Mode: cookie/)
  t.match(await detail(['X-Auth-Mode', 'cookie'], ['Sec-Fetch-Site', 'same-site'], json), /no Origin/)
  t.match(await detail(['Origin', 'https://new.test'], json), /"https:\/\/new\.test" is not one of SPA_ORIGINS/)
  t.match(await detail(...asPage(app, 'cross-site'), json), /cross-site/)
  t.match(await detail(...asPage()), /application\/json/)
  t.match(await page.refresh(), { status: 200 }, 'and nothing has happened')
})

t.test('a step-up is needed in cookie mode too', async (t) => {
  t.match(await openPage(baseUrl).ask('POST', '/auth/login', { email: newEmail(), password }), { status: 401 })
})
