/** When a service requests keys from its issuer, and which requests wait for them. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { headerFor } from '../../../src/tokens/claims.ts'
import { always, blackHole, changed, type Meddle, startProxy } from '../../packages/verify/proxy.ts'
import { holds, percentile, startIssuer, startVerifier } from '../../packages/verify/service.ts'
import { register } from '../../setup/client.ts'
import { keeperOf } from '../../setup/key-keeper.ts'
import { startNode } from '../../setup/node.ts'
import { undisturbed } from '../../setup/undisturbed.ts'

t.setTimeout(290_000)
t.jobs = 6

const node = await startNode(t)
const { access_token: token } = await register(node.baseUrl)
const behindProxy = async (t: Test, maxAgeSeconds = 300) => ({
  proxy: await startProxy(t, node.baseUrl, `public, max-age=${maxAgeSeconds}`),
})

const fetchTimeoutMs = 5000
const cooldownMs = 5000
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const countOf = (verdicts: readonly string[], wanted: string) => verdicts.filter((one) => one === wanted).length

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

t.test('the first five hundred requests at once fetch the keys once', async (t) => {
  const { proxy } = await behindProxy(t)
  proxy.meddle('jwks', async (ask) => (await sleep(1800), ask()))
  const { verdict } = startVerifier(t, node, proxy.url)
  // Some requests come when a failed fetch could be repeated.
  const verdicts = await Promise.all(many(500, async (i) => (await sleep(i % 2 ? 0 : 1400), verdict(token))))
  t.equal(countOf(verdicts, 'let in'), 500)
  t.equal(proxy.asked('metadata').length, 1)
  t.equal(proxy.asked('jwks').length, 1)
})

t.test('malformed headers cause no fetch, and unknown key ids cause one in five seconds', async (t) => {
  const { proxy } = await behindProxy(t)
  const { verdict } = startVerifier(t, node, proxy.url)
  await verdict(token)
  const [, ...rest] = token.split('.')
  const invented = () => headerFor({ alg: 'ES256', kid: randomBytes(32).toString('base64url') })
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { kid } = node.keyRing.signing
  const garbage = [
    '',
    '{}',
    'e30',
    randomBytes(30).toString('base64url'),
    randomBytes(3000).toString('base64url'),
    encode(null),
    encode({ alg: 'ES256', typ: 'at+jwt' }),
    encode({ alg: 'ES256', typ: 'at+jwt', kid: 1 }),
    encode({ alg: 'ES256', typ: 'at+jwt', kid: '' }),
    encode({ alg: 'ES256', typ: 'at+jwt', kid: 'k'.repeat(201) }),
    encode({ alg: 'none', typ: 'at+jwt', kid: 'k' }),
    encode({ alg: 'HS256', typ: 'at+jwt', kid: 'k' }),
    encode({ alg: 'ES256', typ: 'JWT', kid: 'k' }),
    encode({ typ: 'at+jwt', alg: 'ES256', kid: 'k' }),
    encode({ alg: 'ES256', typ: 'at+jwt', kid: 'k', jku: 'https://evil.example' }),
    encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k' }).slice(0, -1),
    headerFor({ alg: 'ES256', kid: 'k' }).replace('e', 'f'),
  ]
  const send = async (headers: readonly string[]) => {
    const before = proxy.asked('metadata').length + proxy.asked('jwks').length
    const verdicts = await Promise.all(headers.map((header) => verdict([header, ...rest].join('.'))))
    if (countOf(verdicts, 'invalid_token') !== headers.length) t.fail(`let in: ${verdicts.indexOf('let in')}`)
    return proxy.asked('metadata').length + proxy.asked('jwks').length - before
  }
  t.equal(await send(many(500, invented)), 0, 'it asked just now')
  await sleep(cooldownMs + 100)
  t.equal(await send(many(20, () => garbage).flat()), 0, 'garbage')
  t.equal(await send([encode({ alg: 'ES256', kid, typ: 'at+jwt' })]), 0, 'a known key in another form')
  t.equal(await send(many(500, invented)), 2, 'invented: metadata and keys')
  t.equal(await send(many(500, invented)), 0, 'and again')
  t.equal(await verdict(token), 'let in')
})

t.test('keys are fetched again before they are stale, and no request waits for it', async (t) => {
  const { asked, took } = await undisturbed(async () => {
    const { proxy } = await behindProxy(t, 4)
    const { verdict } = startVerifier(t, node, proxy.url)
    await verdict(token)
    proxy.meddle('jwks', async (ask) => (await sleep(600), ask()))
    const times: number[] = []
    const until = performance.now() + 9000
    while (performance.now() < until) {
      times.push(await timed(() => verdict(token)))
      await sleep(5)
    }
    return { asked: proxy.asked('jwks'), took: times }
  })
  const apart = asked.slice(1).map((at, i) => Math.round(at - (asked[i] ?? 0)))
  t.comment(`asked every ${apart.join(', ')} ms; ${took.length} requests, the slowest ${percentile(took, 1)} ms`)
  t.ok(asked.length >= 3 && asked.length <= 5, `${asked.length} times`)
  t.ok(Math.max(...apart) < 4500 && Math.min(...apart) > 2300)
  t.ok(percentile(took, 1) < 500, 'nobody waited')
})

t.test(
  'past max-age the first request waits for the keys of now: a key that was withdrawn lets nobody in',
  async (t) => {
    const { proxy } = await behindProxy(t, 1)
    const { verdict } = startVerifier(t, node, proxy.url)
    t.equal(await verdict(token), 'let in')
    const { kid } = node.keyRing.signing
    const isOther = (key: { kid: string }) => key.kid !== kid
    proxy.meddle(
      'jwks',
      changed((text) => JSON.stringify({ keys: JSON.parse(text).keys.filter(isOther) })),
    )
    await sleep(1300)
    t.not(await verdict(token), 'let in')
  },
)

t.test('Cache-Control is respected within limits', async (t) => {
  const fetches = async (headers: Record<string, string>) => {
    const proxy = await startProxy(t, node.baseUrl)
    proxy.meddle('jwks', async (ask) => {
      const { headers: own, ...answer } = await ask()
      return { ...answer, headers: { 'content-type': own['content-type'] ?? '', ...headers } }
    })
    const { verdict } = startVerifier(t, node, proxy.url)
    const until = performance.now() + 1300
    while (performance.now() < until) await Promise.all([verdict(token), sleep(50)])
    t.equal(await verdict(token), 'let in')
    return proxy.asked('jwks').length
  }
  const kept = async (value: string, age = '0') => {
    const count = await fetches({ 'cache-control': value, age })
    return count === 1 ? 'kept' : count <= 3 ? 'for a second' : `fetched ${count} times`
  }
  const expected: Record<string, string> = {
    'no-store': 'for a second',
    public: 'for a second',
    'max-age=0': 'for a second',
    'max-age=-5': 'for a second',
    'max-age=soon': 'for a second',
    's-maxage=300': 'for a second',
    's-maxage=1, max-age=300': 'kept',
    'public,Max-Age=300': 'kept',
    'max-age=999999999': 'kept',
  }
  const values = Object.keys(expected)
  const found = await Promise.all(values.map(async (value) => [value, await kept(value)] as const))
  t.same(Object.fromEntries(found), expected)
  t.equal(await kept('max-age=300', '299'), 'for a second', 'what a cache has kept for 299 of 300 seconds')
  t.equal(await kept('max-age=300', '200'), 'kept')
})

t.test('while the issuer does not answer, the known keys are used, and at most one request waits', async (t) => {
  const { proxy, verifier, verdict, errors, took, during } = await undisturbed(async () => {
    const { proxy: own } = await behindProxy(t, 1)
    const service = startVerifier(t, node, own.url)
    await service.verdict(token)
    for (const path of ['metadata', 'jwks'] as const) own.meddle(path, blackHole)
    await sleep(1100)
    const first = await Promise.all(many(50, () => timed(() => service.verdict(token))))
    const times: number[] = []
    const until = performance.now() + 7000
    while (performance.now() < until) {
      times.push(await timed(async () => t.equal(await service.verdict(token), 'let in')))
      await sleep(5)
    }
    return { proxy: own, ...service, took: first, during: times }
  })
  t.ok(took.filter((ms) => ms > 1500).length <= 1, 'the first after a pause')
  t.comment(`${during.length} requests, the slowest ${percentile(during, 1)} ms; it said: ${errors[0]}`)
  t.ok(during.length > 100 && percentile(during, 1) < fetchTimeoutMs / 5)
  t.ok(verifier.isReady())
  t.ok(errors.length > 0, 'it says so')
  proxy.meddle('metadata')
  proxy.meddle('jwks')
  proxy.forget()
  const renewed = holds(async () => (await verdict(token)) === 'let in' && proxy.asked('jwks').length >= 2)
  t.ok(await renewed, 'it recovers by itself')
})

const failures: Record<string, Meddle> = {
  'breaks the connection': async () => 'cut',
  'answers 500': always(500, 'no'),
  'answers 204': always(204),
  'answers 304': always(304),
  'sends HTML': always(200, '<html>', { 'content-type': 'text/html' }),
  'sends an empty list': changed((text) => text.replace(/"keys":\[.*\]/s, '"keys":[]')),
  'sends half an answer': changed((text) => text.slice(0, text.length / 2)),
  'sends null': always(200, 'null'),
}

t.test('until the issuer answers, a service is not ready and asks once a second', async (t) => {
  const { proxy } = await behindProxy(t)
  proxy.meddle('metadata', always(500))
  const { verifier, verdict, errors } = startVerifier(t, node, proxy.url)
  await t.rejects(verifier.verify(token), { code: 'not_ready', statusCode: 503, retryAfterSeconds: 1 })
  t.notOk(verifier.isReady())
  const until = performance.now() + 2500
  while (performance.now() < until) await Promise.all([verdict(token), verdict('a.b.c'), sleep(5)])
  t.ok(proxy.asked('metadata').length <= 4, `${proxy.asked('metadata').length} times in 2.5 s`)
  t.match(errors[0], /answers 500/)
  proxy.meddle('metadata')
  t.ok(await holds(async () => (await verdict(token)) === 'let in'), 'then it does')
})

for (const [name, failure] of Object.entries(failures)) {
  t.test(`an issuer that later ${name} does not change the keys`, async (t) => {
    const { proxy } = await behindProxy(t, 1)
    const { verdict, errors } = startVerifier(t, node, proxy.url)
    await verdict(token)
    proxy.meddle('jwks', failure)
    const until = performance.now() + 2500
    while (performance.now() < until) {
      if ((await verdict(token)) !== 'let in') return t.fail('refused')
      await sleep(20)
    }
    t.ok(errors.length > 0, errors[0] ?? 'it said nothing')
    return t.ok(proxy.asked('jwks').length <= 5, `asked ${proxy.asked('jwks').length} times`)
  })
}

t.test('the key after an emergency rotation is found by the first request with its token', async (t) => {
  const { node: other, proxy } = await startIssuer(t)
  const before = await register(other.baseUrl)
  const { verdict } = startVerifier(t, other, proxy.url)
  await verdict(before.access_token)
  const published = other.keyRing.verification.map(({ kid }) => kid)
  for (const kid of published) await keeperOf(other).revoke(kid)
  t.ok(await holds(() => !published.includes(other.keyRing.signing.kid)), 'it signs')
  const users = await Promise.all(many(3, () => register(other.baseUrl)))
  proxy.forget()
  await sleep(cooldownMs)
  proxy.meddle('jwks', async (ask) => (await sleep(200), ask()))
  const coming = many(50, async (i) => (await sleep(i), verdict(users[i % 3]?.access_token ?? '')))
  t.equal(countOf(await Promise.all(coming), 'let in'), 50)
  t.equal(proxy.asked('jwks').length, 1)
  t.equal(await verdict(before.access_token), 'invalid_token', 'the old keys are gone')
})
