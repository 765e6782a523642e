/** The three checks of `authenticate`, on a small app and on the real one. */
import { connect } from 'node:net'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { type Check, createAuthenticate } from '../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { principalOf } from '../../src/guard/principal.ts'
import { createAllowedOrigins } from '../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../src/http/browser/token-transport.ts'
import { createServer } from '../../src/http/server.ts'
import { createSessionStore } from '../../src/sessions/session-store.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { call, nowhere, register, whoami } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { type Node, startNode } from '../setup/node.ts'
import { segmentsOf } from '../tokens/crafted/forge.ts'
import { twinOf } from '../tokens/crafted/signatures.ts'

const node = await startNode(t)
const { baseUrl, database, config } = node
const me = (token: string) => call(`${baseUrl}/auth/me`, { token })

const sessions = createSessionStore(database, { leewaySeconds: 0, forkSeconds: 0 })
type SessionCheck = (sessionId: string, userId: string, tokenVersion: number) => Promise<boolean>

async function createVerify() {
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(node.keyRing.verification)
  const { publicUrl: issuer, audience } = config
  return createVerifyAccessToken({ issuer, audience, signatureChecks, clock: Date.now })
}

/** An app with one route for each check, such as `/signature`, and one without a check, `/outside`. */
async function startRoutes(t: Test, isLive: SessionCheck = (...ids) => sessions.isLive(...ids)) {
  const app = await createServer()
  const cookies = createCookies({ publicUrl: 'https://auth.example.test', sameSite: 'strict' })
  const authenticate = createAuthenticate({
    transport: createTokenTransport({ cookies, gate: createCsrfGate(createAllowedOrigins([])) }),
    verifyAccessToken: await createVerify(),
    revocations: node.revocations,
    staleRevocations: 'open',
    sessions: { isLive },
    clock: Date.now,
  })
  app.decorateRequest('principal', null)
  for (const check of ['signature', 'session'] as const satisfies Check[]) {
    app.register(async (scope) => {
      scope.addHook('onRequest', authenticate({ check }))
      scope.get(`/${check}`, async (request) => principalOf(request))
      scope.get(`/${check}/tamper`, async (request) => tamper(principalOf(request)))
    })
  }
  app.get('/outside', async (request) => principalOf(request))
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return async (path: string, token?: string) => call(address + path, token === undefined ? {} : { token })
}

/** Tries to change a principal. Returns the names of the changes that succeed. */
function tamper(principal: Principal): string[] {
  const attempts: Record<string, () => boolean> = {
    'another user': () => Reflect.set(principal, 'userId', 'x'),
    'a new member': () => Reflect.set(principal, 'admin', true),
    'no session': () => Reflect.deleteProperty(principal, 'sessionId'),
    'another role': () => Reflect.set(principal.roles, 0, 'admin'),
    'another method': () => Reflect.set(principal.amr, 0, 'otp'),
    'other roles': () => Reflect.set(principal, 'roles', ['admin']),
  }
  return Object.entries(attempts).flatMap(([name, attempt]) => (attempt() ? [name] : []))
}

const causes: Record<string, (ids: { session: string; user: string }) => Promise<unknown>> = {
  'that was logged out': ({ session }) => sessions.end(session, 'logout', nowhere),
  'that has expired by idle time': ({ session }) =>
    database.pool.query('UPDATE sessions SET idle_expires_at = now() WHERE id = $1', [session]),
  'that has expired by its greatest age': ({ session }) =>
    database.pool.query('UPDATE sessions SET absolute_expires_at = now() WHERE id = $1', [session]),
  'that was deleted': ({ session }) => database.pool.query('DELETE FROM sessions WHERE id = $1', [session]),
  'of a disabled user': ({ user }) => database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user]),
  'of a user with a new token version': ({ user }) =>
    database.pool.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [user]),
  'of a deleted user': ({ user }) => database.pool.query('DELETE FROM users WHERE id = $1', [user]),
}

for (const [which, end] of Object.entries(causes)) {
  await t.test(
    `the token of a session ${which} is refused at once by "session", and accepted by "signature"`,
    async (t) => {
      const get = await startRoutes(t)
      const { access_token: token, session_id: session, user } = await register(baseUrl)
      t.equal((await get('/session', token)).status, 200, 'before')
      await end({ session, user: user.id })
      t.match(await get('/session', token), { status: 401, body: { code: 'token_revoked' } })
      t.match(await me(token), { status: 401, body: { code: 'token_revoked' } })
      t.equal((await get('/signature', token)).status, 200)
    },
  )
}

await t.test('another session of the same user stays live when one ends', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token, user } = await register(baseUrl)
  const login = { email: user.email, password: 'correct horse battery staple' }
  const { body } = await call<{ session_id: string }>(`${baseUrl}/auth/login`, { body: login })
  await sessions.end(body.session_id, 'logout', nowhere)
  t.equal((await get('/session', token)).status, 200)
})

await t.test('the check "session" looks up the session, the user and the token version of the token', async (t) => {
  const asked: unknown[] = []
  const get = await startRoutes(t, async (...ids) => asked.push(ids) > 0)
  const { access_token: token, session_id: session, user } = await register(baseUrl)
  t.match(await get('/session', token), {
    status: 200,
    body: { userId: user.id, sessionId: session, tokenVersion: 0 },
  })
  t.strictSame(asked, [[session, user.id, 0]])
})

await t.test('a request is refused when its session cannot be looked up', async (t) => {
  const get = await startRoutes(t, () => Promise.reject(new Error('Connection terminated unexpectedly')))
  const { access_token: token } = await register(baseUrl)
  t.match(await get('/session', token), { status: 503, body: { code: 'database_unavailable' } })
  t.equal((await get('/signature', token)).status, 200, 'a signature needs no database')
})

await t.test('a principal cannot be changed', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token } = await register(baseUrl)
  const { status, body } = await get('/signature/tamper', token)
  t.same({ status, body }, { status: 200, body: [] })
  const principal = (await createVerify())(token)
  t.ok(Object.isFrozen(principal) && Object.isFrozen(principal.roles) && Object.isFrozen(principal.amr))
})

await t.test('a route that reads the principal without authenticate answers 500', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token } = await register(baseUrl)
  for (const presented of [undefined, token]) {
    const { status, body } = await get('/outside', presented)
    t.match({ status, body }, { status: 500, body: { code: 'internal_error' } })
    t.notMatch(JSON.stringify(body), /principal/, 'the answer does not tell the reason')
  }
})

await t.test('both forms of an ECDSA signature give the same principal', async (t) => {
  const verify = await createVerify()
  const { access_token: token } = await register(baseUrl)
  t.not(twinOf(token), token)
  t.strictSame(verify(twinOf(token)), verify(token))
})

await t.test('whoami does not use the database', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const count = countDatabaseWork(database)
  for (let i = 0; i < 20; i++) t.equal((await whoami(baseUrl, token)).status, 200)
  t.equal(count(), 0, 'not for a valid token')
  const [header, payload] = segmentsOf(token)
  for (const bad of ['a.b.c', `${header}.${payload}.AA`]) t.equal((await me(bad)).status, 401)
  t.equal(count(), 0, 'not for an invalid token, with any check')
  t.equal((await me(token)).status, 200)
  t.ok(count() > 0, 'the counter works')
})

/** Returns a function that counts the uses of the pool since this call. */
function countDatabaseWork({ pool }: Node['database']): () => number {
  let asked = 0
  pool.on('acquire', () => asked++)
  for (const name of ['query', 'connect'] as const) {
    const original = pool[name].bind(pool) as (...args: unknown[]) => unknown
    Object.assign(pool, { [name]: (...args: unknown[]) => (asked++, original(...args)) })
  }
  return () => asked
}

await t.test('whoami works without a database', async (t) => {
  const { url, drop } = await createDatabase()
  const other = await startNode(t, { databaseUrl: url })
  const { access_token: token, session_id: sid } = await register(other.baseUrl)
  await drop()
  t.match(await whoami(other.baseUrl, token), { status: 200, body: { sid } })
  t.ok((await call(`${other.baseUrl}/auth/me`, { token })).status >= 500, 'the database is gone')
})

const request = (...lines: string[]) => ['GET /auth/whoami HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n')

await t.test(
  'a request without a token gets 401 also after an authenticated request on the same connection',
  async (t) => {
    const { access_token: token } = await register(baseUrl)
    const good = request(`Authorization: Bearer ${token}`)
    const answers = await pipeline([good, request(), good, request('Authorization: Bearer a.b.c', 'Connection: close')])
    t.strictSame(answers.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200', 'HTTP/1.1 401'])
  },
)

async function pipeline(requests: string[]): Promise<string> {
  const { port, hostname } = new URL(baseUrl)
  const socket = connect(Number(port), hostname)
  socket.write(requests.join(''))
  return (await socket.setEncoding('latin1').toArray()).join('')
}

await t.test('simultaneous requests are each answered for their own user', async (t) => {
  const users = await Promise.all(Array.from({ length: 5 }, () => register(baseUrl)))
  const asked = Array.from({ length: 100 }, (_, i) => users[i % users.length]!)
  const answers = await Promise.all(
    asked.map(({ access_token }, i) => (i % 2 ? me(access_token) : whoami(baseUrl, access_token))),
  )
  t.strictSame(
    answers.map(({ body }) => body['sub'] ?? body['id']),
    asked.map(({ user }) => user.id),
  )
})

for (const alg of ['ES256', 'EdDSA', 'RS256']) {
  await t.test(`jose accepts a token signed with ${alg} by our JWKS, and so does the server`, async (t) => {
    const signer = await startNode(t, { env: { SIGNING_ALG: alg, AUDIENCE: 'https://api.example.test' } })
    const { access_token: token, user, session_id } = await register(signer.baseUrl)
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', signer.baseUrl))
    const expected = { typ: 'at+jwt', issuer: 'https://auth.example.test', audience: 'https://api.example.test' }
    const { payload, protectedHeader } = await jwtVerify(token, keys, expected)
    t.match(payload, { sub: user.id, sid: session_id, client_id: 'first-party' })
    t.same(payload['amr'], ['pwd'])
    t.notOk('roles' in payload, 'a claim is absent rather than empty')
    t.match(protectedHeader, { alg, typ: 'at+jwt', kid: signer.keyRing.signing.kid })
    t.match(await whoami(signer.baseUrl, token), { status: 200, body: { sub: user.id, sid: session_id } })
    await t.rejects(jwtVerify((await register(baseUrl)).access_token, keys, expected), errors.JWKSNoMatchingKey)
  })
}
