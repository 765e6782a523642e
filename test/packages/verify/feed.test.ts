/** A service that follows the feed denies a token soon after the server revoked it. */
import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { keeperOf } from '../../setup/key-keeper.ts'
import { always, changed, startProxy } from './proxy.ts'
import { credential, holds, startIssuer, startVerifier } from './service.ts'

const { node, proxy } = await startIssuer(t)
const { baseUrl, database } = node
const revocations = credential

const follower = startVerifier(t, node, proxy.url, { revocations })
const { verifier, verdict } = follower
const logout = (refreshToken: string) => call(`${baseUrl}/auth/logout`, { body: { refresh_token: refreshToken } })

t.test('a service is not ready until it has loaded the revocations', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const { verifier: other } = startVerifier(t, node, proxy.url, { revocations })
  t.notOk(other.isReady())
  t.same(other.revocations(), { ageMs: Infinity, size: 0 })
  await t.rejects(other.verify(token), { code: 'not_ready', statusCode: 503, retryAfterSeconds: 1 })
  t.ok(await holds(other.isReady))
  t.ok((other.revocations()?.ageMs ?? Infinity) < 3000)
  t.match(await other.verify(token), { userId: String })
})

t.test('a service denies the token of an ended session, unless a route checks the signature alone', async (t) => {
  t.ok(await holds(verifier.isReady))
  const { access_token: token, refresh_token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  await logout(refresh_token)
  t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
  await t.rejects(verifier.verify(token), { code: 'token_revoked', statusCode: 401 })
  t.equal(await verdict(token, { check: 'signature' }), 'let in')
})

t.test('another session of the user, and other users, are accepted', async (t) => {
  const [one, other] = [await register(baseUrl), await register(baseUrl)]
  const { body } = await call(`${baseUrl}/auth/login`, { body: { email: one.user.email, password } })
  await logout(one.refresh_token)
  t.ok(await holds(async () => (await verdict(one.access_token)) === 'token_revoked'))
  t.equal(await verdict(String(body['access_token'])), 'let in')
  t.equal(await verdict(other.access_token), 'let in')
})

t.test('a raised token version ends earlier tokens of the user, and not later ones', async (t) => {
  const { user, access_token: token, refresh_token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  await database.pool.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [user.id])
  t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
  const { body } = await call(`${baseUrl}/auth/refresh`, { body: { refresh_token } })
  t.equal(await verdict(String(body['access_token'])), 'let in')
})

t.test('without a credential, tokens are accepted until they expire', async (t) => {
  const { verifier: stateless, verdict: here } = startVerifier(t, node, baseUrl)
  const { access_token: token, refresh_token } = await register(baseUrl)
  await logout(refresh_token)
  t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
  t.equal(await here(token), 'let in')
  t.equal(stateless.revocations(), undefined)
  t.ok(stateless.isReady())
})

t.test('a wrong credential is reported, and unknown keys are not accepted', async (t) => {
  const { access_token: token } = await register(baseUrl)
  for (const wrong of [
    { ...credential, secret: 'x'.repeat(40) },
    { ...credential, id: 'nobody' },
  ]) {
    const { verifier: other, verdict: here, errors } = startVerifier(t, node, baseUrl, { revocations: wrong })
    t.ok(await holds(() => errors.length > 0))
    t.match(errors[0], 'the feed of revocations answers 401')
    t.equal(await here(token), 'not_ready')
    t.equal(await here(token, { check: 'signature' }), 'let in')
    t.notOk(other.isReady())
  }
})

t.test('after an unknown cursor a service reads the whole feed again, and forgets nothing', async (t) => {
  const { access_token: token, refresh_token } = await register(baseUrl)
  await logout(refresh_token)
  t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
  const questions: (string | null)[] = []
  proxy.meddle('feed', async (ask, query) => {
    questions.push(query.get('after'))
    return questions.length === 1 ? always(400, '{}')(ask, query) : ask()
  })
  // The request under way still gets its response.
  await logout((await register(baseUrl)).refresh_token)
  t.ok(await holds(() => questions.length >= 3))
  proxy.meddle('feed')
  t.type(questions[0], 'string')
  t.equal(questions[1], null)
  t.equal(await verdict(token), 'token_revoked')
  t.ok((verifier.revocations()?.ageMs ?? Infinity) < 10_000)
})

t.test('a service that starts is ready once it has read all pages', async (t) => {
  const sessions = 12_000
  const session = await register(baseUrl)
  await database.pool.query(
    `INSERT INTO revocations (kind, subject, user_id)
     SELECT 'session', gen_random_uuid(), $1 FROM generate_series(1, ${sessions})`,
    [session.user.id],
  )
  await logout(session.refresh_token)
  proxy.forget()
  const from = performance.now()
  const { verifier: starting, verdict: here } = startVerifier(t, node, proxy.url, { revocations })
  t.ok(await holds(() => starting.isReady()))
  t.comment(`${starting.revocations()?.size} entries after ${Math.round(performance.now() - from)} ms`)
  t.ok((starting.revocations()?.size ?? 0) > sessions)
  t.equal(await here(session.access_token), 'token_revoked')
  t.ok(
    await holds(async () => (verifier.revocations()?.size ?? 0) > sessions),
    'who has followed reads them in pages too',
  )
})

t.test('a revoked key ends its tokens at once, and documents that it signed are refused', async (t) => {
  const { access_token: token, refresh_token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  proxy.forget()
  const { kid } = node.keyRing.signing
  await keeperOf(node).revoke(kid)
  const from = performance.now()
  // The service denies the key first. Then it loads the keys, and does not know this one any more.
  t.ok(await holds(async () => ['token_revoked', 'invalid_token'].includes(await verdict(token))))
  t.comment(`after ${Math.round(performance.now() - from)} ms`)
  t.ok(await holds(() => proxy.asked('jwks').length > 0), 'the keys are fetched anew')
  t.ok(await holds(() => node.keyRing.signing.kid !== kid), 'another signs')
  const { body } = await call(`${baseUrl}/auth/refresh`, { body: { refresh_token } })
  t.ok(await holds(async () => (await verdict(String(body['access_token']))) === 'let in'))
  const next = await register(baseUrl)
  await logout(next.refresh_token)
  t.ok(await holds(async () => (await verdict(next.access_token)) === 'token_revoked'), 'revocations go on')
})

t.test('a service fetches the key of a document that it does not know yet', async (t) => {
  const { kid } = node.keyRing.signing
  const own = await startProxy(t, baseUrl)
  const without = (text: string) => {
    const { keys }: { keys: { kid: string }[] } = JSON.parse(text)
    return JSON.stringify({ keys: keys.filter((key) => key.kid !== kid) })
  }
  own.meddle('jwks', changed(without))
  const { verifier: late } = startVerifier(t, node, own.url, { revocations })
  t.ok(await holds(() => own.asked('feed').length > 0))
  t.notOk(late.isReady())
  own.meddle('jwks')
  t.ok(await holds(late.isReady))
})

t.test('a service removes entries once their tokens have expired', async (t) => {
  let shift = 0
  const clock = () => Date.now() + shift
  const other = await startIssuer(t, { clock })
  const { verifier: long } = startVerifier(t, other.node, other.proxy.url, { revocations, clock })
  const leave = async () => {
    const { refresh_token } = await register(other.node.baseUrl)
    await call(`${other.node.baseUrl}/auth/logout`, { body: { refresh_token } })
  }
  await leave()
  await leave()
  t.ok(await holds(() => long.revocations()?.size === 2))
  shift = 3 * 3600 * 1000
  await leave()
  t.ok(await holds(() => long.revocations()?.size === 1))
})
