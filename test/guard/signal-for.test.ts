/** `signalFor` in the server: a signal aborts when the access token of its principal ends, and not before. */
import { addAbortListener, EventEmitter } from 'node:events'
import t, { type Test } from 'tap'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { createRequireNotRevoked } from '../../src/guard/require-not-revoked.ts'
import { createTokenSignals } from '../../src/guard/signal-for.ts'
import { createDenylist } from '../../src/revocations/denylist.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { holds } from '../packages/verify/service.ts'
import { call, password, register } from '../setup/client.ts'
import { keeperOf } from '../setup/key-keeper.ts'
import { type Node, startNode } from '../setup/node.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { baseUrl, database } = node

/** The principal of a token, as `authenticate` makes it. */
async function principalIn({ keyRing, config }: Node, token: string, clock = Date.now): Promise<Principal> {
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  await signatureChecks.use(keyRing.verification)
  const { publicUrl: issuer, audience } = config
  return createVerifyAccessToken({ issuer, audience, signatureChecks, clock })(token)
}

/** A user with a session, and the signals for it on both nodes. */
async function connect() {
  const user = await register(baseUrl)
  const principal = await principalIn(node, user.access_token)
  return { ...user, principal, here: node.app.signalFor(principal), there: other.app.signalFor(principal) }
}
const codeOf = ({ reason }: AbortSignal): unknown => (reason as { code?: string } | undefined)?.code

t.test('a logout aborts the signals of the session, before it is answered on the same node', async (t) => {
  const [one, neighbour] = [await connect(), await connect()]
  const { body } = await call(`${baseUrl}/auth/login`, { body: { email: one.user.email, password } })
  const elsewhere = node.app.signalFor(await principalIn(node, String(body['access_token'])))
  t.notOk(one.here.aborted || one.there.aborted)
  await call(`${baseUrl}/auth/logout`, { body: { refresh_token: one.refresh_token } })
  t.ok(one.here.aborted)
  t.equal(codeOf(one.here), 'token_revoked')
  t.ok(await holds(() => one.there.aborted), 'on the other node')
  t.equal(codeOf(one.there), 'token_revoked')
  for (const signal of [neighbour.here, neighbour.there, elsewhere])
    t.notOk(signal.aborted, 'other sessions are connected')
})

const causes: Record<string, (of: { user: { id: string }; session_id: string }) => Promise<unknown>> = {
  'a session that an operator revokes': ({ session_id: id }) =>
    database.pool.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [id]),
  'a user who is disabled': ({ user }) =>
    database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id]),
  'a user with another role': ({ user }) =>
    database.pool.query("UPDATE users SET roles = '{editor}' WHERE id = $1", [user.id]),
  'a user whose sessions all end': ({ user }) =>
    database.pool.query('UPDATE users SET sessions_valid_from = sessions_valid_from + 1 WHERE id = $1', [user.id]),
  'a user who is deleted': ({ user }) => database.pool.query('DELETE FROM users WHERE id = $1', [user.id]),
}
for (const [name, cause] of Object.entries(causes)) {
  t.test(`signals abort on every node: ${name}`, async (t) => {
    const [one, neighbour] = [await connect(), await connect()]
    await cause(one)
    t.ok(await holds(() => one.here.aborted && one.there.aborted))
    t.same([codeOf(one.here), codeOf(one.there)], ['token_revoked', 'token_revoked'])
    t.notOk(neighbour.here.aborted || neighbour.there.aborted, 'another user is connected')
  })
}

t.test('a token that was revoked after its request was let through has an aborted signal', async (t) => {
  const { principal, refresh_token } = await connect()
  await call(`${baseUrl}/auth/logout`, { body: { refresh_token } })
  const signal = node.app.signalFor(principal)
  t.ok(signal.aborted)
  t.equal(codeOf(signal), 'token_revoked')
  const heard = new Promise<void>((resolve) => addAbortListener(signal, () => resolve()))
  await t.resolves(heard, 'and addAbortListener calls its listener')
})

t.test('a token that expires aborts its signals', async (t) => {
  let passed = 0
  const clock = () => Date.now() + passed
  const timed = await startNode(t, { clock })
  const { access_token: token } = await register(timed.baseUrl)
  const principal = await principalIn(timed, token, clock)
  const signal = timed.app.signalFor(principal)
  passed = principal.expiresAt * 1000 - Date.now() - 60_000
  t.notOk(timed.app.signalFor(principal).aborted)
  passed += 60_000
  t.ok(await holds(() => signal.aborted))
  t.equal(codeOf(signal), 'token_expired')
  t.equal(codeOf(timed.app.signalFor(principal)), 'token_expired', 'at once for a token that has expired')
})

t.test('a server that stops aborts all signals, so that it does not wait for their connections', async (t) => {
  const stopping = await startNode(t)
  const { access_token: token } = await register(stopping.baseUrl)
  const principal = await principalIn(stopping, token)
  const signal = stopping.app.signalFor(principal)
  await stopping.app.close()
  t.equal(codeOf(signal), 'not_ready')
  t.equal(codeOf(stopping.app.signalFor(principal)), 'not_ready', 'nothing would abort it later')
})

const start = 1_800_000_000_000
const principalOf = (more: Partial<Principal>): Principal => ({
  userId: 'u1',
  sessionId: 's1',
  tokenId: 'x',
  keyId: 'k1',
  roles: [],
  tokenVersion: 0,
  authTime: 0,
  amr: [],
  acr: 'aal1',
  issuedAt: start / 1000,
  expiresAt: start / 1000 + 600,
  scope: undefined,
  ...more,
})
const ended = (subject: string, userId: string) =>
  ({ kind: 'session', subject, userId, minTokenVersion: null, createdAt: start }) as const

/** Signals on a denylist of their own. */
function startSignals(
  t: Test,
  { stale = 'open', maxEntries = 100 }: { stale?: 'open' | 'closed'; maxEntries?: number } = {},
) {
  const feed = { ageMs: 0 }
  const denylist = createDenylist({ maxEntries, clock: () => start })
  const requireNotRevoked = createRequireNotRevoked({
    revocations: { isRevoked: (principal) => denylist.has(principal), ageMs: () => feed.ageMs },
    stale,
  })
  const signals = createTokenSignals({ requireNotRevoked, onRevoked: denylist.onAdd, clock: () => start })
  t.teardown(signals.close)
  return { feed, denylist, signalFor: signals.signalFor }
}

t.test('a revoked key aborts the signals of all its tokens', async (t) => {
  const { denylist, signalFor } = startSignals(t)
  const [one, two] = [signalFor(principalOf({})), signalFor(principalOf({ userId: 'u2', keyId: 'k2' }))]
  denylist.add({ kind: 'key', subject: 'k2', userId: null, minTokenVersion: null, createdAt: start })
  t.same([one.aborted, two.aborted], [false, true])
})

t.test('on a node, a revoked key aborts the signals of its tokens', async (t) => {
  const own = await startNode(t)
  const { access_token: token } = await register(own.baseUrl)
  const signal = own.app.signalFor(await principalIn(own, token))
  await keeperOf(own).revoke(own.keyRing.signing.kid)
  t.ok(await holds(() => signal.aborted))
  t.equal(codeOf(signal), 'token_revoked')
})

t.test('a denylist that becomes coarser aborts every signal that it denies', async (t) => {
  const { denylist, signalFor } = startSignals(t, { maxEntries: 4 })
  const signal = signalFor(principalOf({ sessionId: 'live' }))
  const stranger = signalFor(principalOf({ userId: 'u9', sessionId: 'far' }))
  denylist.add(ended('s1', 'u1'))
  t.notOk(signal.aborted, 'a session of its user ended')
  for (const session of ['s2', 's3', 's4', 's5']) denylist.add(ended(session, 'u2'))
  t.ok(signal.aborted, 'the entry of the session became one of the user')
  t.notOk(stranger.aborted)
})

for (const [stale, code] of [
  ['closed', 'not_ready'],
  ['open', undefined],
] as const) {
  t.test(`with a stale denylist, the policy "${stale}" decides as for requests`, async (t) => {
    const { feed, denylist, signalFor } = startSignals(t, { stale })
    const signal = signalFor(principalOf({}))
    feed.ageMs = 31_000
    t.equal(codeOf(signalFor(principalOf({}))), code, 'at once')
    if (code) t.ok(await holds(() => signal.aborted), 'and those that are open')
    denylist.add(ended('s1', 'u1'))
    t.equal(codeOf(signal), code ?? 'token_revoked')
  })
}

t.test('a signal is forgotten when its connection closes', async (t) => {
  const { denylist, signalFor } = startSignals(t)
  const [left, stays] = [new EventEmitter(), new EventEmitter()]
  const [first, second] = [signalFor(principalOf({}), left), signalFor(principalOf({}), stays)]
  left.emit('close')
  denylist.add(ended('s1', 'u1'))
  t.same([first.aborted, second.aborted], [false, true], 'only the connection that is open hears of it')
  stays.emit('close')
})

t.test('a listener that makes another signal or closes its connection disturbs no other signal', async (t) => {
  const { denylist, signalFor } = startSignals(t)
  const connection = new EventEmitter()
  const signals = Array.from({ length: 100 }, () => signalFor(principalOf({}), connection.setMaxListeners(200)))
  for (const signal of signals)
    addAbortListener(signal, () => {
      t.ok(signalFor(principalOf({})).aborted)
      connection.emit('close')
    })
  denylist.add(ended('s1', 'u1'))
  t.ok(signals[0]?.aborted)
})
