/** The checks of a guarded scope, their order, and the second check when a body arrives late. */
import t, { type Test } from 'tap'
import { createAuthenticate } from '../../src/guard/authenticate.ts'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { createGuard } from '../../src/guard/guard.ts'
import { principalOf } from '../../src/guard/principal.ts'
import { createAllowedOrigins } from '../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../src/http/browser/csrf.ts'
import { createTokenTransport } from '../../src/http/browser/token-transport.ts'
import { type App, createServer } from '../../src/http/server.ts'
import { createSessionStore } from '../../src/sessions/session-store.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { withRoles } from '../setup/admins.ts'
import { call, register } from '../setup/client.ts'
import { holdBody } from '../setup/held-body.ts'
import { startNode } from '../setup/node.ts'
import { withMethods, withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t)
const { database, revocations } = node
const sessions = createSessionStore(database, { leewaySeconds: 0, forkSeconds: 0 })
const checks = ['signature', 'revocation', 'session'] as const
const maxAgeSeconds = 60
const signOut = 'UPDATE sessions SET revoked_at = now() WHERE id = $1'

type Feed = { ageMs?: () => number; stale?: 'open' | 'closed' }

/** A scope for each check, such as `/session`, and a scope with a role and a greatest age, `/editors`. */
async function startGuarded(t: Test, { ageMs = () => 0, stale = 'open' }: Feed = {}) {
  const time = { passed: 0, looks: 0 }
  const clock = () => Date.now() + time.passed
  const app = await createServer()
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(node.keyRing.verification)
  const { publicUrl: issuer, audience } = node.config
  const cookies = createCookies({ publicUrl: 'https://auth.example.test', sameSite: 'strict' })
  const guard = createGuard(
    createAuthenticate({
      transport: createTokenTransport({ cookies, gate: createCsrfGate(createAllowedOrigins([])) }),
      verifyAccessToken: createVerifyAccessToken({ issuer, audience, signatureChecks, clock }),
      revocations: { isRevoked: revocations.isRevoked, ageMs },
      staleRevocations: stale,
      sessions: { isLive: (...ids) => (time.looks++, sessions.isLive(...ids)) },
      clock,
    }),
  )
  app.decorateRequest('principal', null)
  const add = (path: string, options: Parameters<typeof guard>[1]) =>
    app.register(async (scope: App) => {
      guard(scope, options)
      scope.route({ method: ['GET', 'POST'], url: path, handler: async (request) => principalOf(request) })
    })
  for (const check of checks) add(`/${check}`, { check })
  add('/default', undefined)
  add('/fresh', { maxAgeSeconds })
  add('/editors', { check: 'session', maxAgeSeconds, role: 'editor' })
  add('/two', { factors: 2 })
  add('/two-of-editors', { factors: ({ roles }) => (roles.includes('editor') ? 2 : 1) })
  add('/strong-editors', { check: 'session', maxAgeSeconds, factors: 2, role: 'editor' })
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { app, baseUrl, time }
}

const invalid = { status: 401, body: { code: 'invalid_token' } }
const revoked = { status: 401, body: { code: 'token_revoked' } }
const expired = { status: 401, body: { code: 'token_expired' } }

t.test('a request gets its principal with one look-up of the session at most', async (t) => {
  const { baseUrl, time } = await startGuarded(t)
  const { access_token: token, user } = await register(node.baseUrl)
  for (const path of [...checks, 'default']) {
    time.looks = 0
    for (const body of [undefined, {}])
      t.match(await call(`${baseUrl}/${path}`, { token, body }), { status: 200, body: { userId: user.id } })
    t.equal(time.looks, path === 'session' ? 2 : 0, path)
  }
})

t.test('the server does not read the body of a request without a valid token or with a denied one', async (t) => {
  const { baseUrl, time } = await startGuarded(t)
  const { access_token: token, session_id: id, user } = await register(node.baseUrl)
  const post = async (path: string, authorization?: string) => {
    const headers = { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) }
    const answer = await fetch(`${baseUrl}/${path}`, { method: 'POST', headers, body: '{"no JSON' })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  for (const path of [...checks, 'editors']) {
    t.match(await post(path), { status: 401, body: { code: 'authentication_required' } }, path)
    t.match(await post(path, `Bearer ${token}x`), invalid, path)
  }
  t.match(await post('session', `Bearer ${token}`), { status: 400 }, 'with a valid token the body is read')
  revocations.denySession(id, user.id)
  for (const path of ['revocation', 'session']) t.match(await post(path, `Bearer ${token}`), revoked, path)
  t.equal(time.looks, 0, 'the session was not looked up')
})

t.test('a missing role is refused before an old login, and an ended session too', async (t) => {
  const { baseUrl } = await startGuarded(t)
  const plain = await withOldLogin(node, await register(node.baseUrl))
  t.match(await call(`${baseUrl}/editors`, { token: plain.access_token }), {
    status: 403,
    body: { code: 'forbidden' },
  })
  const editor = await withOldLogin(node, await withRoles(node, await register(node.baseUrl), ['editor']))
  const ask = () => call(`${baseUrl}/editors`, { token: editor.access_token })
  t.match(await ask(), { status: 401, body: { code: 'reauthentication_required' } })
  await database.pool.query(signOut, [editor.session_id])
  t.match(await ask(), revoked)
  t.match(await call(`${baseUrl}/editors`), { status: 401, body: { code: 'authentication_required' } })
})

t.test('a request is refused if its session ends before its body arrives', async (t) => {
  const guarded = await startGuarded(t)
  for (const path of ['session', 'revocation', 'signature'] as const) {
    const { access_token: token, session_id: id, user } = await register(node.baseUrl)
    const finish = await holdBody(guarded, { path: `/${path}`, token, body: {} })
    if (path === 'session') await database.pool.query(signOut, [id])
    // The node learns of it as if another node had ended the session.
    else revocations.denySession(id, user.id)
    t.match(await finish(), path === 'signature' ? { status: 200 } : revoked, path)
  }
})

t.test('a request is refused if its token expires or its login gets too old before its body arrives', async (t) => {
  const guarded = await startGuarded(t)
  const { time } = guarded
  for (const path of checks) {
    const { access_token: token } = await register(node.baseUrl)
    const finish = await holdBody(guarded, { path: `/${path}`, token, body: {} })
    time.passed = 601_000
    t.match(await finish(), expired, path)
    time.passed = 0
  }
  const { access_token: token } = await withRoles(node, await register(node.baseUrl), ['editor'])
  const finish = await holdBody(guarded, { path: '/editors', token, body: {} })
  time.passed = 62_000
  t.match(await finish(), { status: 401, body: { code: 'reauthentication_required' } })
})

t.test('with a stale denylist, the checks `session` and `signature` still accept tokens', async (t) => {
  const { baseUrl } = await startGuarded(t, { ageMs: () => 60_000, stale: 'closed' })
  const { access_token: token } = await register(node.baseUrl)
  t.match(await call(`${baseUrl}/revocation`, { token }), { status: 503, body: { code: 'not_ready' } })
  for (const path of ['session', 'signature']) t.equal((await call(`${baseUrl}/${path}`, { token })).status, 200, path)
})

t.test('the age of the login is checked also for a request without a body', async (t) => {
  const { baseUrl, time } = await startGuarded(t)
  const { access_token: token } = await register(node.baseUrl)
  t.match(await call(`${baseUrl}/fresh`, { token }), { status: 200 })
  time.passed = (maxAgeSeconds + 2) * 1000
  t.match(await call(`${baseUrl}/fresh`, { token }), { status: 401, body: { code: 'reauthentication_required' } })
})

t.test('a scope may ask for two factors, of every user or of some', async (t) => {
  const { baseUrl } = await startGuarded(t)
  const of = async (path: string, { access_token: token }: TokenPair) => {
    const answers = [await call(`${baseUrl}/${path}`, { token }), await call(`${baseUrl}/${path}`, { token, body: {} })]
    return answers.map(({ status, body }) => (status === 200 ? 'let in' : body['code']))
  }
  const plain = await register(node.baseUrl)
  const editor = await withRoles(node, await register(node.baseUrl), ['editor'])
  const missing = ['second_factor_required', 'second_factor_required']
  t.same(await of('two', plain), missing)
  t.same(await of('two-of-editors', plain), ['let in', 'let in'])
  t.same(await of('two-of-editors', editor), missing)
  for (const user of [plain, editor]) {
    const strong = await withMethods(node, user, ['pwd', 'otp', 'mfa'])
    for (const path of ['two', 'two-of-editors']) t.same(await of(path, strong), ['let in', 'let in'], path)
  }
})

t.test('a missing role is refused before an old login, and an old login before a missing factor', async (t) => {
  const { baseUrl } = await startGuarded(t)
  const code = async (pair: TokenPair) =>
    (await call(`${baseUrl}/strong-editors`, { token: pair.access_token })).body['code']
  t.equal(await code(await withOldLogin(node, await register(node.baseUrl))), 'forbidden')
  const editor = await withRoles(node, await register(node.baseUrl), ['editor'])
  t.equal(await code(editor), 'second_factor_required')
  const old = await withOldLogin(node, editor)
  t.equal(await code(old), 'reauthentication_required')
  t.equal(await code(await withMethods(node, old, ['pwd', 'otp', 'mfa'])), 'reauthentication_required')
})
