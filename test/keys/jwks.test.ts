/** The metadata and the JWKS, as a verifier of another project uses them. */
import { createRemoteJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

for (const alg of ['ES256', 'EdDSA', 'RS256'] as const) {
  t.test(`the metadata leads to the ${alg} keys, and jose verifies our tokens with them`, async (t) => {
    const node = await startNode(t, { env: { SIGNING_ALG: alg } })
    const path = '/.well-known/oauth-authorization-server'
    const metadata = await call<Record<string, string>>(node.baseUrl + path)
    t.equal(metadata.body['issuer'], 'https://auth.example.test')
    for (const [name, value] of Object.entries(metadata.body)) t.ok(value.length > 0, `${name} is not empty`)
    t.equal(metadata.headers.get('cache-control'), 'public, max-age=300')

    const jwks = new URL(node.baseUrl + new URL(metadata.body['jwks_uri'] ?? '').pathname)
    const { body, headers } = await call<{ keys: Record<string, unknown>[] }>(jwks.href)
    t.equal(headers.get('cache-control'), 'public, max-age=300')
    t.same(
      body.keys.map(({ alg: of, use }) => ({ alg: of, use })),
      [
        { alg, use: 'sig' },
        { alg, use: 'sig' },
      ],
    )
    t.equal(body.keys[0]?.['kid'], node.keyRing.signing.kid)
    for (const key of body.keys) for (const secret of ['d', 'p', 'q', 'k']) t.notOk(secret in key, `no ${secret}`)

    const { access_token } = await register(node.baseUrl)
    const { payload, protectedHeader } = await jwtVerify(access_token, createRemoteJWKSet(jwks), {
      issuer: 'https://auth.example.test',
      audience: 'https://auth.example.test',
      typ: 'at+jwt',
      algorithms: [alg],
      requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp', 'auth_time'],
    })
    t.equal(protectedHeader.kid, node.keyRing.signing.kid)
    t.same([payload['amr'], payload['roles'], payload['tv']], [['pwd'], undefined, 0])
    t.ok(access_token.length <= 1024)
  })
}

t.test('a node whose key ring is not current forbids caching of its keys', async (t) => {
  const node = await startNode(t, { usualPatience: true })
  await node.keyRing.stop()
  while (node.keyRing.isCurrent) await new Promise((resolve) => setTimeout(resolve, 100))
  const { status, headers } = await call(`${node.baseUrl}/.well-known/jwks.json`)
  t.match({ status, cache: headers.get('cache-control') }, { status: 200, cache: 'no-store' })
  t.match(await call(`${node.baseUrl}/readyz`), { status: 503, body: { code: 'not_ready' } })
})
