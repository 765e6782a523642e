/** GET /revocations on the wire: authentication, the signed answer, and 304. */
import { compactVerify, createLocalJWKSet } from 'jose'
import pg from 'pg'
import t from 'tap'
import { verifyWithFastifyJwt } from '../../../src/guard/fastify-jwt.ts'
import { openDocument } from '../../../src/revocations/feed-document.ts'
import { createSignatureChecks } from '../../../src/tokens/signature.ts'
import { billing, introspect, rawBasic } from '../../oauth/services.ts'
import { call, register, whoami } from '../../setup/client.ts'
import { ask, authorization, catchUp, createOpen, read, startFeedNode } from './follow.ts'

const both = `shop:${Buffer.from(authorization.slice(6), 'base64').toString().slice(5)}, billing:${billing.secret}`
const node = await startFeedNode(t, { env: { SERVICE_CREDENTIALS: both } })
const address = `${node.baseUrl}/revocations`
const issuer = node.config.publicUrl
const open = await createOpen(node)

async function logout(): Promise<string> {
  const session = await register(node.baseUrl)
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: session.refresh_token } })
  return session.session_id
}

t.test('only a service may ask, and its credential is checked before its query', async (t) => {
  const { access_token } = await register(node.baseUrl)
  const wrong = `Basic ${Buffer.from('shop:wrong').toString('base64')}`
  for (const headers of [{}, { authorization: wrong }, { authorization: `Bearer ${access_token}` }]) {
    for (const query of ['', '?after=p0.1', '?wait=99', '?after=!', `?after=${'x'.repeat(200)}`]) {
      const response = await fetch(address + query, { headers })
      t.equal(response.status, 401)
      t.equal(response.headers.get('www-authenticate'), 'Basic realm="countersign", charset="UTF-8"')
      t.equal(response.headers.get('content-type'), 'application/problem+json')
      t.equal(response.headers.get('etag'), null)
      t.match(await response.json(), { code: 'invalid_client' })
    }
    t.equal((await fetch(address, { headers, method: 'HEAD' })).status, 401)
  }
  t.equal((await ask({ baseUrl: node.baseUrl }, '', { headers: { authorization: rawBasic(billing) } })).status, 200)
  t.equal((await ask(node, '', { method: 'POST' })).status, 405)
})

t.test('the answer is a JWT of its own type that a JOSE library verifies with the JWKS', async (t) => {
  const id = await logout()
  const response = await ask(node)
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'application/jwt')
  t.equal(response.headers.get('cache-control'), 'no-store')
  const jwt = await response.text()
  const { body } = await call<{ keys: [] }>(`${node.baseUrl}/.well-known/jwks.json`)
  const { payload, protectedHeader } = await compactVerify(jwt, createLocalJWKSet(body))
  t.strictSame(protectedHeader, { alg: 'ES256', typ: 'revocations+jwt', kid: node.keyRing.signing.kid })
  const claims = JSON.parse(new TextDecoder().decode(payload))
  t.same(
    Object.keys(claims),
    ['iss', 'iat', 'next', 'more', 'revocations'],
    'no `after` in the answer to a request without one',
  )
  t.match(claims, { iss: issuer, more: false })
  t.ok(Math.abs(claims.iat - Date.now() / 1000) < 60)
  t.ok(claims.revocations.some((entry: { id: string }) => entry.id === id))
  t.strictSame(open(jwt), claims)
  t.equal(response.headers.get('etag'), `W/"${claims.next}"`)

  const then = open(await (await ask(node, `?after=${claims.next}`)).text())
  t.same(Object.keys(then), ['iss', 'iat', 'after', 'next', 'more', 'revocations'])
  t.equal(then.after, claims.next)
})

t.test('the answer is not accepted as an access token, and an access token is not accepted as an answer', async (t) => {
  const { access_token } = await register(node.baseUrl)
  const { next } = await catchUp(node)
  const jwt = await (await ask(node, `?after=${next}`)).text()
  t.match(await whoami(node.baseUrl, jwt), { status: 401, body: { code: 'invalid_token' } })
  t.strictSame(await introspect(node, jwt), { active: false })
  t.equal((await whoami(node.baseUrl, access_token)).status, 200)
  t.throws(() => open(access_token), /not signed by a known key/)
  // An access token has a valid signature for these checks, and is still no document of the feed.
  const others = createSignatureChecks(verifyWithFastifyJwt)
  await others.use(node.keyRing.verification)
  t.throws(() => openDocument(access_token, { issuer, checks: others }))
  t.throws(() => openDocument(jwt, { issuer, checks: others }), /not signed by a known key/)
})

t.test('an answer that was changed or is of another issuer is not opened', async (t) => {
  const jwt = await (await ask(node)).text()
  const [header = '', payload = '', signature = ''] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const fewer = Buffer.from(JSON.stringify({ ...claims, revocations: [] })).toString('base64url')
  t.throws(() => open(`${header}.${fewer}.${signature}`))
  t.throws(() => open(`${header}.${payload}.`))
  t.throws(() => open(`${header}.${payload}`))
  t.throws(() => open(''))
  const checks = createSignatureChecks(verifyWithFastifyJwt, 'revocations+jwt')
  await checks.use(node.keyRing.verification)
  t.throws(() => openDocument(jwt, { issuer: 'https://other.example', checks }), /another issuer/)
  t.doesNotThrow(() => open(jwt))
})

t.test('a request with If-None-Match gets 304 if and only if there is no new revocation', async (t) => {
  await logout()
  const { next } = await catchUp(node)
  const known = { headers: { 'if-none-match': `W/"${next}"` } }
  const same = await ask(node, `?after=${next}`, known)
  t.equal(same.status, 304)
  t.equal(await same.text(), '')
  t.equal(same.headers.get('cache-control'), 'no-store')
  const [, state = ''] = /^W\/"(.+)"$/.exec(same.headers.get('etag') ?? '') ?? []
  t.same((await read(node, `?after=${state}`)).revocations, [], 'its ETag holds the next cursor')

  const from = performance.now()
  t.equal((await ask(node, `?after=${next}&wait=1`, known)).status, 304)
  t.ok(performance.now() - from >= 990, 'a request with If-None-Match waits too')
  for (const value of ['W/"x"', next, `"${state}x"`]) {
    t.equal((await ask(node, `?after=${next}`, { headers: { 'if-none-match': value } })).status, 200, value)
  }
  t.equal((await ask(node, `?after=${next}`)).status, 200, 'no 304 without If-None-Match')
  t.equal((await ask(node, '', known)).status, 200, 'no 304 for a first load')

  // At the end of a first load, the rows that were committed late are still to come.
  const [, xmin = ''] = /^t(\d+)/.exec(next) ?? []
  const end = `p${10n ** 17n}.${xmin}`
  t.equal((await ask(node, `?after=${end}`, { headers: { 'if-none-match': `W/"${end}"` } })).status, 200)

  const ended = await logout()
  const changed = await ask(node, `?after=${next}`, known)
  t.equal(changed.status, 200)
  t.same(
    open(await changed.text()).revocations.map(({ id }) => id),
    [ended],
  )
  t.not(changed.headers.get('etag'), same.headers.get('etag'))
})

t.test('a client that gets 304 does not miss a revocation that commits late', async (t) => {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  const late = await register(node.baseUrl)
  await client.query('BEGIN')
  await client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [late.session_id])
  await logout()
  const { next } = await catchUp(node)
  const known = { headers: { 'if-none-match': `W/"${next}"` } }
  t.equal((await ask(node, `?after=${next}`, known)).status, 304)
  await client.query('COMMIT')
  const changed = await ask(node, `?after=${next}`, known)
  t.equal(changed.status, 200)
  t.ok(open(await changed.text()).revocations.some(({ id }) => id === late.session_id))
})
