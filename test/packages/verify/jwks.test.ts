/** The keys and issuers that a service accepts, and the URLs that it requests. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import t, { type Test } from 'tap'
import type { CreateVerifier } from '../../../packages/verify/src/contract.ts'
import { createVerifier, type VerifierOptions } from '../../../packages/verify/src/index.ts'
import { type SigningKey, signClaims } from '../../../src/tokens/access-token.ts'
import type { SigningAlg } from '../../../src/tokens/claims.ts'
import { register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { always, changed, startProxy } from './proxy.ts'
import { credential, startVerifier, verifiers } from './service.ts'

const node = await startNode(t, { env: { AUDIENCE: 'https://api.example.test' } })
const { publicUrl: issuer, audience } = node.config
const { access_token: token } = await register(node.baseUrl)
const claims: object = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

type Pair = { publicKey: KeyObject; privateKey: KeyObject }
const ec = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve })
const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent })

/** A published key and a token that it signed. */
function key(alg: string, pair: Pair, more: Record<string, unknown> = {}) {
  const kid = `key-${Math.random()}`
  const signing = { kid, alg: alg as SigningAlg, privateKey: pair.privateKey } satisfies SigningKey
  const jwk = { ...pair.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig', ...more }
  return { jwk, token: signClaims(claims, signing) }
}

/** A key for which anybody can sign: the signature is the padded hash itself (RFC 8017 §9.2). */
function keyWithExponent1() {
  const { jwk, token: signed } = key('RS256', rsa(2048), { e: 'AQ' })
  const [header, payload] = signed.split('.')
  const hash = createHash('sha256').update(`${header}.${payload}`).digest()
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), hash])
  const padded = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - info.length, 0xff), Buffer.from([0]), info])
  return { jwk, token: `${header}.${payload}.${padded.toString('base64url')}` }
}

/** A service whose issuer publishes this key set. */
async function publishing(t: Test, create: CreateVerifier, members: readonly unknown[], instead = false) {
  const proxy = await startProxy(t, node.baseUrl)
  proxy.meddle(
    'jwks',
    changed((text) => JSON.stringify({ keys: [...members, ...(instead ? [] : JSON.parse(text).keys)] })),
  )
  return startVerifier(t, node, proxy.url, { audience }, create)
}

t.test('keys of every supported algorithm are used, whatever else the key set contains', async (t) => {
  const pairs = { ES256: ec(), EdDSA: generateKeyPairSync('ed25519'), RS256: rsa(2048) }
  const good = Object.entries(pairs).map(([alg, pair]) => key(alg, pair, { key_ops: ['verify'] }))
  const { kid: _, ...nameless } = key('ES256', ec()).jwk
  const foreign = [
    {},
    { kty: 'oct', k: 'AAAA', kid: 'mac', alg: 'HS256' },
    { kty: 'oct', k: 'AAAA', kid: 'mac', alg: 'ES256' },
    { kty: 'new', kid: 'future', alg: 'ML-DSA-65' },
    { kty: 'EC', kid: 'half', alg: 'ES256', crv: 'P-256', x: 'AA' },
    { kty: 'EC', kid: 'off the curve', alg: 'ES256', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) },
    { kty: 'RSA', kid: 'no modulus', alg: 'RS256', e: 'AQAB' },
    nameless,
    key('ES384', ec('P-384')).jwk,
  ]
  for (const [name, create] of Object.entries(verifiers)) {
    const { verdict } = await publishing(t, create, [...foreign, ...good.map(({ jwk }) => jwk), ...foreign])
    t.equal(await verdict(token), 'let in')
    for (const one of good) t.equal(await verdict(one.token), 'let in', `${name}: ${one.jwk.alg}`)
  }
})

const p256 = ec()
const unfit = {
  'an RSA key of 1024 bits': key('RS256', rsa(1024)),
  'an RSA key that says ES256': key('RS256', rsa(2048), { alg: 'ES256' }),
  'a P-256 key that says RS256': key('ES256', ec(), { alg: 'RS256' }),
  'a P-256 key that says EdDSA': key('ES256', ec(), { alg: 'EdDSA' }),
  'a P-384 key that says ES256': key('ES256', ec('P-384')),
  'a secp256k1 key that says ES256': key('ES256', ec('secp256k1')),
  'an Ed448 key that says EdDSA': key('EdDSA', generateKeyPairSync('ed448')),
  'a key without alg': key('ES256', ec(), { alg: undefined }),
  'an RSA key with the exponent 3': key('RS256', rsa(2048, 3)),
  'an RSA key with the exponent 1': keyWithExponent1(),
  'a key for encryption': key('ES256', ec(), { use: 'enc' }),
  'a key that may not verify': key('ES256', ec(), { key_ops: ['sign'] }),
  'a key published with its private half': key('ES256', p256, p256.privateKey.export({ format: 'jwk' })),
  'a key with an empty kid': key('ES256', ec(), { kid: '' }),
  'a key whose kid is a number': key('ES256', ec(), { kid: 1 }),
  'a key with a kid of 201 letters': key('ES256', ec(), { kid: 'k'.repeat(201) }),
}

t.test('an unusable key is skipped, and the others are used', async (t) => {
  const unfitKeys = Object.values(unfit).map(({ jwk }) => jwk)
  for (const [runtime, create] of Object.entries(verifiers)) {
    const { verdict } = await publishing(t, create, unfitKeys)
    t.equal(await verdict(token), 'let in')
    for (const [name, one] of Object.entries(unfit))
      t.equal(await verdict(one.token), 'invalid_token', `${runtime}: ${name}`)
  }
})

t.test('a key set without a usable key, or with too many, is refused', async (t) => {
  const lists: Record<string, unknown[]> = {
    'only unfit ones': Object.values(unfit).map(({ jwk }) => jwk),
    none: [],
    'a hundred and one': [key('ES256', ec()).jwk, ...Array.from({ length: 100 }, () => ({ kty: 'EC' }))],
    'a member that is no object': [key('ES256', ec()).jwk, 1],
  }
  for (const [name, list] of Object.entries(lists)) {
    const { verdict, errors } = await publishing(t, createVerifier, list, true)
    t.equal(await verdict(token), 'not_ready', name)
    t.ok(errors.length > 0, errors[0] ?? '')
  }
})

t.test('metadata of another issuer is refused, and its URLs are never requested', async (t) => {
  const others = [`${issuer}/`, 'https://evil.example', issuer.toUpperCase(), `${issuer}.evil.example`]
  for (const other of others) {
    const proxy = await startProxy(t, node.baseUrl)
    proxy.meddle(
      'metadata',
      changed((text) => JSON.stringify({ ...JSON.parse(text), issuer: other })),
    )
    const { verdict, errors } = startVerifier(t, node, proxy.url, { audience })
    t.equal(await verdict(token), 'not_ready')
    t.match(errors[0], `is the issuer ${other}, not ${issuer}`)
    t.equal(proxy.asked('jwks').length, 0)
  }
})

t.test('a URL in the metadata that is not on the issuer is never requested', async (t) => {
  const [proxy, elsewhere] = [await startProxy(t, node.baseUrl), await startProxy(t, node.baseUrl)]
  const jwksUri = `${elsewhere.url}/.well-known/jwks.json`
  proxy.meddle(
    'metadata',
    changed((text) => JSON.stringify({ ...JSON.parse(text), jwks_uri: jwksUri })),
  )
  const { verdict } = startVerifier(t, node, proxy.url, { audience })
  t.equal(await verdict(token), 'let in')
  t.equal(elsewhere.asked('jwks').length, 0)
  t.equal(proxy.asked('jwks').length, 1)
})

t.test('a path in the metadata that looks like another host leads to the issuer', async (t) => {
  const [proxy, elsewhere] = [await startProxy(t, node.baseUrl), await startProxy(t, node.baseUrl)]
  const jwksUri = `https://issuer.example//${new URL(elsewhere.url).host}/.well-known/jwks.json`
  proxy.meddle(
    'metadata',
    changed((text) => JSON.stringify({ ...JSON.parse(text), jwks_uri: jwksUri })),
  )
  const { verdict } = startVerifier(t, node, proxy.url, { audience })
  t.equal(await verdict(token), 'not_ready')
  t.equal(elsewhere.asked('jwks').length, 0)
})

t.test('redirects are not followed', async (t) => {
  const target = await startProxy(t, node.baseUrl)
  for (const path of ['metadata', 'jwks'] as const) {
    for (const status of [301, 302, 303, 307, 308]) {
      const proxy = await startProxy(t, node.baseUrl)
      const location = `${target.url}/.well-known/${path === 'jwks' ? 'jwks.json' : 'oauth-authorization-server'}`
      proxy.meddle(path, always(status, '', { location }))
      const { verdict } = startVerifier(t, node, proxy.url, { audience })
      t.equal(await verdict(token), 'not_ready', `${status} of ${path}`)
    }
  }
  t.equal(target.asked('metadata').length + target.asked('jwks').length, 0)
})

t.test('a response of ten megabytes is not read', async (t) => {
  for (const path of ['metadata', 'jwks'] as const) {
    const proxy = await startProxy(t, node.baseUrl)
    proxy.meddle(
      path,
      changed((text) => text + ' '.repeat(10_000_000)),
    )
    const { verdict, errors } = startVerifier(t, node, proxy.url, { audience })
    t.equal(await verdict(token), 'not_ready')
    t.match(errors[0], /answers more than/)
  }
})

t.test('a token must have the audience, which is the issuer by default', async (t) => {
  t.equal(await startVerifier(t, node, node.baseUrl, { audience }).verdict(token), 'let in')
  t.equal(await startVerifier(t, node, node.baseUrl).verdict(token), 'invalid_token')
  t.equal(
    await startVerifier(t, node, node.baseUrl, { audience: 'https://other.test' }).verdict(token),
    'invalid_token',
  )
})

t.test('invalid options are refused at once', async (t) => {
  const refused: Record<string, Partial<VerifierOptions>> = {
    'an issuer with a final slash': { issuer: 'https://auth.example.test/' },
    'an issuer with a query': { issuer: 'https://auth.example.test?x' },
    'an issuer with a user': { issuer: 'https://me@auth.example.test' },
    'an issuer that is no address': { issuer: 'auth.example.test' },
    'no issuer': { issuer: '' },
    'another protocol': { issuer: 'ftp://auth.example.test', allowHttp: true },
    'http to another machine': { issuer: 'http://auth.example.test' },
    'http to what begins like this machine': { issuer: 'http://localhost.evil.example' },
    'http to an address that begins like this machine': { issuer: 'http://127.0.0.1.evil.example' },
    'http to another machine by url': { url: 'http://auth.internal:3000' },
    'a url with a final slash': { url: 'http://localhost:3000/' },
    'a url with a dotted path': { url: 'http://localhost:3000/id/..' },
    'a policy that is none': { revocations: { ...credential, stale: 'close' as 'closed' } },
  }
  for (const [name, options] of Object.entries(refused))
    t.throws(() => createVerifier({ issuer, ...options }), TypeError, name)
  const meant: Partial<VerifierOptions>[] = [
    { url: 'http://localhost:1' },
    { url: 'http://localhost:1/id' },
    { issuer: 'https://example.test/id', url: 'http://localhost:1' },
    { url: 'http://127.0.0.1:1' },
    { url: 'http://[::1]:1' },
    { url: 'http://auth.localhost:1' },
    { url: 'http://auth.internal.invalid:1', allowHttp: true },
  ]
  for (const options of meant) await createVerifier({ issuer, ...options }).close()
})
