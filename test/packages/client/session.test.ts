/** The session of an app in bearer mode: it begins, is refreshed, survives lost answers, and ends. */
import t from 'tap'
import { ApiError, memoryStorage, NetworkError } from '../../../packages/client/src/index.ts'
import { createApp, generationOf, signedIn, startWithUser } from './app.ts'

const { node, credentials, expireTokens } = await startWithUser(t)
const whoami = `${node.baseUrl}/auth/whoami`

t.test('a user signs in, calls an API, and signs out', async (t) => {
  const { client, changes, network } = createApp(t, node)
  t.equal(client.state().status, 'unknown')
  t.equal(await client.session(), null)
  t.equal(client.state().status, 'signed_out')
  const result = signedIn(await client.signIn(credentials))
  t.match(result, { status: 'signed_in', user: { email: credentials.email } })
  t.match(await client.session(), { status: 'signed_in', sessionId: result.sessionId })
  const answer = await client.fetch(whoami)
  t.match(await answer.json(), { sid: result.sessionId })
  t.match(await client.user(), { email: credentials.email })
  await client.api.updateMe({ name: 'Ada' })
  t.equal(client.state().user?.name, 'Ada')
  await client.signOut()
  t.equal(await client.session(), null)
  t.equal((await client.fetch(whoami)).status, 401)
  t.same(changes, ['signed_out', 'signed_in', 'user_changed', 'signed_out'])
  t.equal(network.count('/auth/refresh'), 0)
})

t.test('an expired access token is refreshed, once for all requests that wait, and each is repeated', async (t) => {
  const { client, changes, network } = createApp(t, node)
  const { sessionId } = signedIn(await client.signIn(credentials))
  expireTokens()
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.fetch(whoami)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(network.count('/auth/refresh'), 1)
  t.equal(await generationOf(node, sessionId), 1)
  t.same(changes, ['signed_in', 'refreshed'])
})

t.test('the body of a repeated request is sent again', async (t) => {
  const { client } = createApp(t, node)
  await client.signIn(credentials)
  expireTokens()
  const init = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: '{"name":"Grace"}' }
  const answer = await client.fetch(`${node.baseUrl}/auth/me`, init)
  t.match(await answer.json(), { name: 'Grace' })
})

t.test('lost requests and lost answers of a refresh do not end the session', async (t) => {
  for (const faults of [['lost request'], ['lost answer'], ['lost answer', 'lost answer', 'lost request']] as const) {
    const { client, network, changes } = createApp(t, node)
    await client.signIn(credentials)
    expireTokens()
    network.fail('/auth/refresh', ...faults)
    t.equal((await client.fetch(whoami)).status, 200, faults.join(', '))
    expireTokens()
    t.equal((await client.fetch(whoami)).status, 200)
    t.notOk(changes.includes('signed_out'))
    t.ok(changes.includes('offline') && changes.includes('online'))
  }
})

t.test('while no refresh gets through, requests fail and the session goes on', async (t) => {
  const { client, network, changes } = createApp(t, node)
  await client.signIn(credentials)
  expireTokens()
  network.fail('/auth/refresh', ...Array.from({ length: 4 }, () => 'lost answer' as const))
  await t.rejects(client.fetch(whoami), NetworkError)
  t.match(await client.session(), { status: 'signed_in' })
  t.equal((await client.fetch(whoami)).status, 200)
  t.notOk(changes.includes('signed_out'))
})

t.test('a process that dies after a lost answer goes on with the old token', async (t) => {
  const storage = memoryStorage()
  const first = createApp(t, node, { storage })
  await first.client.signIn(credentials)
  for (let i = 0; i < 2; i++) {
    const next = createApp(t, node, { storage })
    next.network.fail('/auth/refresh', ...Array.from({ length: 4 }, () => 'lost answer' as const))
    await t.rejects(next.client.fetch(whoami), NetworkError)
  }
  const last = createApp(t, node, { storage })
  t.equal((await last.client.fetch(whoami)).status, 200)
})

t.test('only the refusal of the refresh token ends a session, and then every tab says so', async (t) => {
  const { client, changes, network } = createApp(t, node)
  await client.signIn(credentials)
  const other = createApp(t, node)
  await other.client.signIn(credentials)
  await other.client.api.endSessions()
  network.fail('/auth/refresh', ...Array.from({ length: 4 }, () => 'lost request' as const))
  t.equal((await client.fetch(whoami)).status, 401, 'the access token is revoked')
  t.equal(network.count('/auth/whoami'), 1, 'and the request is not repeated without a new one')
  t.match(client.state(), { status: 'signed_in' }, 'which a 401 of an API does not decide')
  t.equal((await client.fetch(whoami)).status, 401)
  t.match(client.state(), { status: 'signed_out' }, 'the refresh does')
  t.equal((await client.fetch(whoami)).status, 401)
  t.same(
    changes.filter((type) => !type.endsWith('line')),
    ['signed_in', 'signed_out'],
  )
  t.equal(await client.user(), null)
})

t.test(
  'an access token that was revoked while the session goes on is replaced, and the request repeated',
  async (t) => {
    const { client, changes } = createApp(t, node)
    const { sessionId } = signedIn(await client.signIn(credentials))
    await node.database.pool.query(
      'UPDATE users SET token_version = token_version + 1 FROM sessions s WHERE s.id = $1 AND users.id = s.user_id',
      [sessionId],
    )
    const answer = await client.fetch(`${node.baseUrl}/auth/me`)
    t.equal(answer.status, 200)
    t.same(changes, ['signed_in', 'refreshed'])
  },
)

t.test('a user whose session was ended elsewhere is null at once', async (t) => {
  const { client } = createApp(t, node)
  await client.signIn(credentials)
  const other = createApp(t, node)
  await other.client.signIn(credentials)
  await other.client.api.endSessions()
  t.equal(await client.user(), null)
  t.match(client.state(), { status: 'signed_out' })
})

t.test('an answer in place of the server ends nothing', async (t) => {
  for (const status of [401, 403, 404, 200, 502]) {
    const storage = memoryStorage()
    await createApp(t, node, { storage }).client.signIn(credentials)
    const portal = createApp(t, node, {
      storage,
      fetch: async () => new Response('<h1>Sign in to the network</h1>', { status }),
    })
    await t.rejects(portal.client.accessToken(), { name: 'ApiError', code: 'unexpected_answer', status })
    t.match(portal.client.state(), { status: 'signed_in' })
  }
})

t.test('a user can be signed out without a network, and the app learns that the server was not told', async (t) => {
  const { client, network } = createApp(t, node)
  await client.signIn(credentials)
  network.fail('/auth/logout', 'lost request', 'lost request', 'lost request')
  await t.rejects(client.signOut(), NetworkError)
  t.equal(await client.session(), null)
})

t.test('errors are typed', async (t) => {
  const { client } = createApp(t, node)
  const refused = await client.signIn({ ...credentials, password: 'wrong' }).catch((error: unknown) => error)
  t.ok(refused instanceof ApiError)
  t.match(refused, { code: 'invalid_credentials', status: 401, retryable: false })
  const invalid = await client
    .register({ email: 'new@example.com', password: 'short' })
    .catch((error: unknown) => error)
  t.match(invalid, { code: 'invalid_request', errors: [{ path: '/password', code: 'too_short' }] })
})

t.test('the token goes to no other address', async (t) => {
  const { client, network } = createApp(t, node, { apiUrls: ['https://api.example.com/v1'] })
  await client.signIn(credentials)
  const before = network.sent.length
  for (const url of [
    'https://api.example.com/v10',
    'https://api.example.com/',
    'https://evil.example/v1',
    'http://api.example.com/v1',
    'https://api.example.com/v1/../v2',
  ])
    await t.rejects(client.fetch(url), TypeError, url)
  t.equal(network.sent.length, before)
})
