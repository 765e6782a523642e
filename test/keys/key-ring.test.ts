import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { createDatabase as connect } from '../../src/database/client.ts'
import { deriveKeys } from '../../src/keys/derive-keys.ts'
import { loadKeyRing } from '../../src/keys/key-ring.ts'
import { createKeyStore } from '../../src/keys/key-store.ts'
import { call, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'

const [one, two] = ['the first secret of this test, 32+', 'the second secret of this test, 32+']

const stores = async (count: number) => {
  const { url, drop } = await createDatabase()
  const databases = Array.from({ length: count }, () => connect(url, () => {}))
  t.teardown(async () => {
    await Promise.all(databases.map((database) => database.close()))
    await drop()
  })
  return databases.map((database) => ({ database, store: createKeyStore(database) }))
}

t.test('ten nodes that start at once on an empty database agree on one key', async (t) => {
  const nodes = await stores(10)
  const rings = await Promise.all(nodes.map(({ store }) => loadKeyRing({ store, secrets: [one], alg: 'ES256' })))
  t.equal(new Set(rings.map(({ signing }) => signing.kid)).size, 1)
  t.same(rings[0]?.verification.length, 1)
})

t.test('a stored key opens with its secret anywhere in the list, and with no other', async (t) => {
  const [node] = await stores(1)
  const store = node!.store
  const { signing } = await loadKeyRing({ store, secrets: [one], alg: 'ES256' })
  const again = await loadKeyRing({ store, secrets: [two, one], alg: 'ES256' })
  t.equal(again.signing.kid, signing.kid)
  t.ok(again.signing.privateKey.equals(signing.privateKey))
  await t.rejects(loadKeyRing({ store, secrets: [two], alg: 'ES256' }), {
    name: 'WrongSecretError',
    message: /COUNTERSIGN_SECRET does not open/,
  })
})

t.test('the database holds no private key that can be read', async (t) => {
  const [node] = await stores(1)
  const { signing } = await loadKeyRing({ store: node!.store, secrets: [one], alg: 'ES256' })
  const { rows } = await node!.database.pool.query('SELECT * FROM signing_keys')
  const { d = '' } = signing.privateKey.export({ format: 'jwk' })
  t.ok(d.length > 40)
  t.notOk(JSON.stringify(rows).includes(d))
  t.equal(rows[0].public_jwk.d, undefined)
})

t.test('keys of different purposes and secrets are different', async (t) => {
  const keys = [
    ...deriveKeys([one, two], 'refresh-token-tag'),
    ...deriveKeys([one, two], 'refresh-token-successor'),
    ...deriveKeys([one, two], 'signing-key-seal'),
  ]
  t.equal(new Set(keys.map((key) => key.toString('hex'))).size, 6)
  t.ok(keys.every((key) => key.length === 32))
})

for (const alg of ['ES256', 'EdDSA', 'RS256'] as const) {
  t.test(`${alg}: metadata leads to the keys, and others verify our tokens with them`, async (t) => {
    const node = await startNode(t, { env: { SIGNING_ALG: alg } })
    const path = '/.well-known/oauth-authorization-server'
    const metadata = await call<{ issuer: string; jwks_uri: string }>(node.baseUrl + path)
    t.match(metadata.body, { issuer: 'https://auth.example.test', response_types_supported: [] })
    t.equal(metadata.headers.get('cache-control'), 'public, max-age=300')

    const jwks = new URL(node.baseUrl + new URL(metadata.body.jwks_uri).pathname)
    const { body, headers } = await call<{ keys: Record<string, unknown>[] }>(jwks.href)
    t.equal(headers.get('cache-control'), 'public, max-age=300')
    t.match(body.keys, [{ kid: node.keyRing.signing.kid, alg, use: 'sig' }])
    for (const secret of ['d', 'p', 'q', 'k']) t.notOk(secret in (body.keys[0] ?? {}), `no ${secret}`)

    const { access_token } = await register(node.baseUrl)
    const { payload, protectedHeader } = await jwtVerify(access_token, createRemoteJWKSet(jwks), {
      issuer: 'https://auth.example.test',
      audience: 'https://auth.example.test',
      typ: 'at+jwt',
      algorithms: [alg],
      requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp', 'auth_time'],
    })
    t.equal(protectedHeader.kid, node.keyRing.signing.kid)
    t.match(payload, { amr: ['pwd'], roles: [], tv: 0 })
    t.ok(access_token.length <= 1024)
  })
}
