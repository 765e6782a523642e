/**
 * A proxy between a service and its issuer forges revocations, hides them and repeats old ones. The service refuses them all,
 * reports that its denylist is getting old, still verifies tokens, and reads the true feed as soon as it gets through.
 */
import { generateKeyPairSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { FeedDocument } from '../../../src/revocations/feed-document.ts'
import { signClaims } from '../../../src/tokens/access-token.ts'
import { always, changed, type Meddle, startProxy } from '../../packages/verify/proxy.ts'
import { credential, holds, serviceEnv, startVerifier } from '../../packages/verify/service.ts'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'

t.jobs = 10
const node = await startNode(t, { env: serviceEnv })
const { publicUrl: issuer } = node.config
const ours = node.keyRing.signing
const session = await register(node.baseUrl)
const { access_token: token, session_id: sid } = session
const thief = { ...ours, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }

const logoutOfSomebody = async () =>
  call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: (await register(node.baseUrl)).refresh_token } })
const seconds = (ago = 0) => Math.floor(Date.now() / 1000) - ago

/** A valid document that revokes `token`, except for the changed part. */
const forged =
  (
    change: (good: FeedDocument) => object,
    sign = (claims: object) => signClaims(claims, ours, 'revocations+jwt'),
  ): Meddle =>
  (ask, query) => {
    const after = query.get('after') ?? undefined
    const entry = { kind: 'session', id: sid, sub: session.user.id, at: Date.now() } as const
    const next = after ?? 't1.0.AAAAAAAAAAAAAAAA'
    const asked = after === undefined ? {} : { after }
    const good: FeedDocument = { iss: issuer, iat: seconds(), ...asked, next, more: false, revocations: [entry] }
    return always(200, sign(change(good)))(ask, query)
  }
const asItIs = (claims: object) => claims
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const named = (header: object, claims: object, signature: string) =>
  [encode(header), encode(claims), signature].join('.')

const attacks: Record<string, Meddle> = {
  'that is not signed': forged(asItIs, (claims) => named({ alg: 'none', typ: 'revocations+jwt' }, claims, '')),
  'under our header and no signature': forged(asItIs, (claims) =>
    named({ alg: ours.alg, typ: 'revocations+jwt', kid: ours.kid }, claims, ''),
  ),
  'signed by another under our key id': forged(asItIs, (claims) => signClaims(claims, thief, 'revocations+jwt')),
  'signed by a key of the issuer as an access token': forged(asItIs, (claims) => signClaims(claims, ours)),
  'that is an access token': always(200, token),
  'whose payload was changed': changed((text) => {
    const [header = '', payload = '', signature = ''] = text.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return [header, encode({ ...claims, revocations: [{ kind: 'session', id: sid, at: Date.now() }] }), signature].join(
      '.',
    )
  }),
  'of another issuer': forged((good) => ({ ...good, iss: 'https://evil.example' })),
  'of twenty seconds ago': forged((good) => ({ ...good, iat: seconds(20) })),
  'of twenty seconds from now': forged((good) => ({ ...good, iat: seconds(-20) })),
  'to another question': forged((good) => ({ ...good, after: 't1.0.BBBBBBBBBBBBBBBB' })),
  'to no question': forged((good) => ({ ...good, after: undefined })),
  'with no time': forged((good) => ({ ...good, iat: undefined })),
  'with nothing to ask next': forged((good) => ({ ...good, next: undefined })),
  'with a cursor that is none': forged((good) => ({ ...good, next: '../x?y' })),
  'with an entry of an unknown kind': forged((good) => ({ ...good, revocations: [{ kind: 'x', id: sid, at: 0 }] })),
  'cut short': changed((text) => text.slice(0, -10)),
  'of status 204': always(204),
  'of status 304': always(304),
  'of status 404': always(404, '{}'),
  'of status 500': always(500),
  'rightly made, of status 500,': async (ask, query) => {
    const answer = await forged(asItIs)(ask, query)
    return answer === 'cut' ? answer : { ...answer, status: 500 }
  },
  'that is empty': always(200),
  'in HTML': always(200, '<html>Log in to the guest network.</html>', { 'content-type': 'text/html' }),
  'of ten megabytes': always(200, 'x'.repeat(10_000_000)),
  'of ten megabytes with two dots': always(200, `${'x'.repeat(5_000_000)}.${'x'.repeat(5_000_000)}.x`),
  'that redirects': async () => ({ status: 302, headers: { location: `${node.baseUrl}/revocations` }, body: '' }),
  'that never ends well': async () => 'cut',
}

/** A ready service behind its own proxy. */
async function following(t: Test) {
  const proxy = await startProxy(t, node.baseUrl)
  const service = startVerifier(t, node, proxy.url, { revocations: credential })
  t.ok(await holds(service.verifier.isReady), 'ready')
  const age = () => service.verifier.revocations()?.ageMs ?? 0
  return { proxy, ...service, age }
}

for (const [name, attack] of Object.entries(attacks)) {
  t.test(`a document ${name} is refused`, async (t) => {
    const { proxy, verdict, errors, age } = await following(t)
    proxy.meddle('feed', attack)
    // The request under way was forwarded earlier.
    await logoutOfSomebody()
    t.ok(await holds(() => errors.length >= 1), errors[0] ?? 'nothing is said')
    // Each time is read inside the span of the ages, so that a pause of this process cannot make the time the longer one.
    const then = age()
    const from = performance.now()
    t.ok(await holds(() => errors.length >= 2), 'it asks again')
    const [first = 0, second = 0] = proxy.asked('feed').slice(-2)
    t.ok(second - first > 950, 'after a pause')
    const passed = performance.now() - from
    t.ok(age() - then >= passed, 'and grows old')
    t.equal(await verdict(token), 'let in')
    proxy.meddle('feed')
    t.ok(await holds(() => age() < 1100 && errors.length > 0), 'the truth is heard')
    t.equal(await verdict(token), 'let in')
  })
}

t.test(
  'an old document does not make the denylist current, and the service does not poll without a pause',
  async (t) => {
    const { proxy, errors, age } = await following(t)
    const iat = seconds()
    // A cache that ignores Cache-Control would repeat the document without revocations, with the same cursor.
    proxy.meddle(
      'feed',
      forged((good) => ({ ...good, iat, revocations: [] })),
    )
    await logoutOfSomebody()
    t.ok(await holds(() => proxy.asked('feed').length > 2), 'it is asked for')
    await sleep(1500)
    proxy.forget()
    const before = age()
    await sleep(3000)
    t.ok(proxy.asked('feed').length <= 4, `${proxy.asked('feed').length} questions in three seconds`)
    t.ok(age() - before > 2900, `${Math.round(age() - before)} ms older`)
    t.same(errors, [])
  },
)

t.test('with a proxy that ends every wait early, the denylist is at most a few seconds old', async (t) => {
  const { proxy, age, verdict } = await following(t)
  proxy.meddle('feed', async (ask, query) => (query.has('wait') ? 'cut' : ask()))
  await logoutOfSomebody()
  t.ok(await holds(() => proxy.asked('feed').filter((at) => at > performance.now() - 5000).length > 5))
  t.ok(await holds(() => age() < 4000), 'the denylist is current again and again')
  t.equal(await verdict(token), 'let in')
})

t.test('the same document of another node of the issuer is accepted', async (t) => {
  const { proxy, verdict } = await following(t)
  const other = await startNode(t, { env: serviceEnv, databaseUrl: node.databaseUrl })
  const leaves = await register(other.baseUrl)
  t.equal(await verdict(leaves.access_token), 'let in')
  proxy.meddle('feed', async () => 'cut')
  await call(`${other.baseUrl}/auth/logout`, { body: { refresh_token: leaves.refresh_token } })
  proxy.pointTo(other.baseUrl)
  proxy.meddle('feed')
  t.ok(await holds(async () => (await verdict(leaves.access_token)) === 'token_revoked'))
})

t.test('the same document without a change is accepted', async (t) => {
  const { proxy, verdict } = await following(t)
  proxy.meddle('feed', forged(asItIs))
  await logoutOfSomebody()
  t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'))
})
