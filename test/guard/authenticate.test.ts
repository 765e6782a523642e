/** What the three checks read and promise, on a small app of its own and on the real one. */
import { connect } from 'node:net'
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'
import t, { type Test } from 'tap'
import { type Check, createAuthenticate } from '../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { principalOf } from '../../src/guard/principal.ts'
import { createCookies } from '../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../src/http/browser/token-transport.ts'
import { createServer } from '../../src/http/server.ts'
import { createSessionStore } from '../../src/sessions/session-store.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken, type Principal } from '../../src/tokens/verify-access-token.ts'
import { call, nowhere, register, whoami } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { type Node, startNode } from '../setup/node.ts'
import { segmentsOf } from '../tokens/crafted/forge.ts'
import { twinOf } from '../tokens/crafted/signatures.ts'

const node = await startNode(t)
const { baseUrl, database, config } = node
const me = (token: string) => call(`${baseUrl}/auth/me`, { token })

const sessions = createSessionStore(database)
type SessionCheck = (sessionId: string, userId: string, tokenVersion: number) => Promise<boolean>

async function createVerify() {
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(node.keyRing.verification)
  const { publicUrl: issuer, audience } = config
  return createVerifyAccessToken({ issuer, audience, signatureChecks, clock: Date.now })
}

/** An app with one route for each check, at `/signature` and so on, and one outside them at `/outside`. */
async function startRoutes(t: Test, isLive: SessionCheck = (...ids) => sessions.isLive(...ids)) {
  const app = await createServer()
  const cookies = createCookies({ secure: true, sameSite: 'strict' })
  const authenticate = createAuthenticate({
    transport: createTokenTransport({ cookies, gate: createCsrfGate([]) }),
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

/** What somebody who writes to a principal gets done. */
function tamper(principal: Principal): string[] {
  const attempts: Record<string, () => boolean> = {
    'another person': () => Reflect.set(principal, 'userId', 'x'),
    'a new member': () => Reflect.set(principal, 'admin', true),
    'no session': () => Reflect.deleteProperty(principal, 'sessionId'),
    'another role': () => Reflect.set(principal.roles, 0, 'admin'),
    'another method': () => Reflect.set(principal.amr, 0, 'otp'),
    'other roles': () => Reflect.set(principal, 'roles', ['admin']),
  }
  return Object.entries(attempts).flatMap(([name, attempt]) => (attempt() ? [name] : []))
}

const ends: Record<string, (ids: { session: string; user: string }) => Promise<unknown>> = {
  'that has ended': ({ session }) => sessions.end(session, 'logout', nowhere),
  'whose idle time is over': ({ session }) =>
    database.pool.query('UPDATE sessions SET idle_expires_at = now() WHERE id = $1', [session]),
  'whose whole time is over': ({ session }) =>
    database.pool.query('UPDATE sessions SET absolute_expires_at = now() WHERE id = $1', [session]),
  'whose row is gone': ({ session }) => database.pool.query('DELETE FROM sessions WHERE id = $1', [session]),
  'whose person is disabled': ({ user }) =>
    database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user]),
  'whose person has a new token version': ({ user }) =>
    database.pool.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [user]),
  'whose person is gone': ({ user }) => database.pool.query('DELETE FROM users WHERE id = $1', [user]),
}

for (const [which, end] of Object.entries(ends)) {
  await t.test(
    `the token of a session ${which} dies at once under "session", and lives on under "signature"`,
    async (t) => {
      const get = await startRoutes(t)
      const { access_token: token, session_id: session, user } = await register(baseUrl)
      t.equal((await get('/session', token)).status, 200, 'before')
      await end({ session, user: user.id })
      t.match(await get('/session', token), { status: 401, body: { code: 'invalid_token' } })
      t.match(await me(token), { status: 401, body: { code: 'invalid_token' } })
      t.equal((await get('/signature', token)).status, 200)
    },
  )
}

await t.test('another session of the same person goes on when one ends', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token, user } = await register(baseUrl)
  const login = { email: user.email, password: 'correct horse battery staple' }
  const { body } = await call<{ session_id: string }>(`${baseUrl}/auth/login`, { body: login })
  await sessions.end(body.session_id, 'logout', nowhere)
  t.equal((await get('/session', token)).status, 200)
})

await t.test(
  'the session that is looked up is the one in the token, with its person and its token version',
  async (t) => {
    const asked: unknown[] = []
    const get = await startRoutes(t, async (...ids) => asked.push(ids) > 0)
    const { access_token: token, session_id: session, user } = await register(baseUrl)
    t.match(await get('/session', token), {
      status: 200,
      body: { userId: user.id, sessionId: session, tokenVersion: 0 },
    })
    t.strictSame(asked, [[session, user.id, 0]])
  },
)

await t.test('where the session cannot be looked up, nobody is let in', async (t) => {
  const get = await startRoutes(t, () => Promise.reject(new Error('Connection terminated unexpectedly')))
  const { access_token: token } = await register(baseUrl)
  t.match(await get('/session', token), { status: 503, body: { code: 'database_unavailable' } })
  t.equal((await get('/signature', token)).status, 200, 'a signature needs no database')
})

await t.test('nobody can change a principal', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token } = await register(baseUrl)
  t.match(await get('/signature/tamper', token), { status: 200, body: [] })
  const principal = (await createVerify())(token)
  t.ok(Object.isFrozen(principal) && Object.isFrozen(principal.roles) && Object.isFrozen(principal.amr))
})

await t.test('a route outside authenticate fails loudly instead of serving anybody', async (t) => {
  const get = await startRoutes(t)
  const { access_token: token } = await register(baseUrl)
  for (const presented of [undefined, token]) {
    const { status, body } = await get('/outside', presented)
    t.match({ status, body }, { status: 500, body: { code: 'internal_error' } })
    t.notMatch(JSON.stringify(body), /principal/, 'which says nothing of how')
  }
})

await t.test('the two texts of one ECDSA signature are one principal', async (t) => {
  const verify = await createVerify()
  const { access_token: token } = await register(baseUrl)
  t.not(twinOf(token), token)
  t.strictSame(verify(twinOf(token)), verify(token))
})

await t.test('whoami does no database work at all', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const count = countDatabaseWork(database)
  for (let i = 0; i < 20; i++) t.equal((await whoami(baseUrl, token)).status, 200)
  t.equal(count(), 0, 'nothing for a good token')
  const [header, payload] = segmentsOf(token)
  for (const bad of ['a.b.c', `${header}.${payload}.AA`]) t.equal((await me(bad)).status, 401)
  t.equal(count(), 0, 'nothing for a bad one, whatever the check')
  t.equal((await me(token)).status, 200)
  t.ok(count() > 0, 'the count does count')
})

/** How often the pool was asked for anything since, by whichever way. */
function countDatabaseWork({ pool }: Node['database']): () => number {
  let asked = 0
  pool.on('acquire', () => asked++)
  for (const name of ['query', 'connect'] as const) {
    const original = pool[name].bind(pool) as (...args: unknown[]) => unknown
    Object.assign(pool, { [name]: (...args: unknown[]) => (asked++, original(...args)) })
  }
  return () => asked
}

await t.test('whoami works although the database is gone', async (t) => {
  const { url, drop } = await createDatabase()
  const other = await startNode(t, { databaseUrl: url })
  const { access_token: token, session_id: sid } = await register(other.baseUrl)
  await drop()
  t.match(await whoami(other.baseUrl, token), { status: 200, body: { sid } })
  t.ok((await call(`${other.baseUrl}/auth/me`, { token })).status >= 500, 'which it is')
})

const request = (...lines: string[]) => ['GET /auth/whoami HTTP/1.1', 'Host: x', ...lines, '', ''].join('\r\n')

await t.test('on one connection, no request profits from the login of the one before', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const good = request(`Authorization: Bearer ${token}`)
  const answers = await pipeline([good, request(), good, request('Authorization: Bearer a.b.c', 'Connection: close')])
  t.strictSame(answers.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200', 'HTTP/1.1 401'])
})

async function pipeline(requests: string[]): Promise<string> {
  const { port, hostname } = new URL(baseUrl)
  const socket = connect(Number(port), hostname)
  socket.write(requests.join(''))
  return (await socket.setEncoding('latin1').toArray()).join('')
}

await t.test('of many requests at once, each is answered as its own person', async (t) => {
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
  await t.test(`jose, told nothing but our JWKS, accepts a token signed with ${alg}, and we do too`, async (t) => {
    const signer = await startNode(t, { env: { SIGNING_ALG: alg, AUDIENCE: 'https://api.example.test' } })
    const { access_token: token, user, session_id } = await register(signer.baseUrl)
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', signer.baseUrl))
    const expected = { typ: 'at+jwt', issuer: 'https://auth.example.test', audience: 'https://api.example.test' }
    const { payload, protectedHeader } = await jwtVerify(token, keys, expected)
    t.match(payload, { sub: user.id, sid: session_id, client_id: 'first-party', roles: [], amr: ['pwd'] })
    t.match(protectedHeader, { alg, typ: 'at+jwt', kid: signer.keyRing.signing.kid })
    t.match(await whoami(signer.baseUrl, token), { status: 200, body: { sub: user.id, sid: session_id } })
    await t.rejects(jwtVerify((await register(baseUrl)).access_token, keys, expected), errors.JWKSNoMatchingKey)
  })
}
