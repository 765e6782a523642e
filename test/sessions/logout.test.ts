import t from 'tap'
import { call, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'

let now = Date.now()
const node = await startNode(t, { clock: () => now })
const logout = (options: { token?: string; body?: unknown }) =>
  call(`${node.baseUrl}/auth/logout`, { method: 'POST', ...options })
const reasonOf = async (sessionId: string) => (await row(node, sessionId)).revoke_reason

t.test('an access token in the header ends its session, without a body', async (t) => {
  const pair = await register(node.baseUrl)
  t.equal((await logout({ token: pair.access_token })).status, 204)
  t.equal(await reasonOf(pair.session_id), 'logout')
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 401)
  t.equal((await logout({ token: pair.access_token })).status, 204, 'again: nothing more happens')
})

t.test('a refresh token in the body ends its session, also when it is an old one', async (t) => {
  const pair = await register(node.baseUrl)
  await refresh(node.baseUrl, pair.refresh_token)
  t.equal((await logout({ body: { refresh_token: pair.refresh_token } })).status, 204)
  t.equal(await reasonOf(pair.session_id), 'logout')
})

t.test('an expired access token does not keep a refresh token from ending its session', async (t) => {
  const pair = await register(node.baseUrl)
  now += 601_000
  const expired = await logout({ token: pair.access_token })
  t.match(expired, { status: 401, body: { code: 'token_expired' } }, 'alone it is refused')
  const body = { refresh_token: pair.refresh_token }
  t.equal((await logout({ token: pair.access_token, body })).status, 204)
  t.equal(await reasonOf(pair.session_id), 'logout')
})

t.test('tokens of two sessions end both', async (t) => {
  const [one, two] = [await register(node.baseUrl), await register(node.baseUrl)]
  t.equal((await logout({ token: one.access_token, body: { refresh_token: two.refresh_token } })).status, 204)
  t.same([await reasonOf(one.session_id), await reasonOf(two.session_id)], ['logout', 'logout'])
})

t.test('a request with no token or an invalid one ends nothing and gets an error', async (t) => {
  const pair = await register(node.baseUrl)
  t.match(await logout({}), { status: 401, body: { code: 'authentication_required' } })
  t.match(await logout({ token: 'x' }), { status: 401, body: { code: 'invalid_token' } })
  t.match(await logout({ body: { refresh_token: 'x' } }), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await logout({ body: { refresh_token: 5 } }), { status: 400, body: { errors: [{ path: '/refresh_token' }] } })
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 200)
})

t.test('a logout ends one session, and not the other sessions of the user', async (t) => {
  const first = await register(node.baseUrl)
  const login = { email: first.user.email, password: 'correct horse battery staple' }
  const { body } = await call(`${node.baseUrl}/auth/login`, { body: login })
  await logout({ token: first.access_token })
  t.equal((await refresh(node.baseUrl, String(body['refresh_token']))).status, 200)
})
