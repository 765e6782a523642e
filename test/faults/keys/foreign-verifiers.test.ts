/**
 * Verifiers of other projects find the keys through our metadata, and accept our tokens before and after a rotation. The
 * server is stopped before they verify the new tokens, so they use the keys that they loaded before the rotation.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { JwtVerifier } from 'aws-jwt-verify'
import { SimpleJwksCache } from 'aws-jwt-verify/jwk'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { startServer } from '../../setup/server-process.ts'

/** Resolves for a valid token, and rejects otherwise. It knows the issuer and the algorithm, and nothing else about us. */
type Verify = (token: string) => Promise<unknown>

async function discover(issuer: string): Promise<oauth.AuthorizationServer & { jwks_uri: string }> {
  const address = new URL(issuer)
  const options = { algorithm: 'oauth2', [oauth.allowInsecureRequests]: true } as const
  const server = await oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, options))
  if (server.jwks_uri === undefined) throw new Error('no jwks_uri')
  return { ...server, jwks_uri: server.jwks_uri }
}

async function withJose(_: Test, issuer: string, alg: string): Promise<Verify> {
  const keys = createRemoteJWKSet(new URL((await discover(issuer)).jwks_uri))
  return (token) => jwtVerify(token, keys, { issuer, audience: issuer, typ: 'at+jwt', algorithms: [alg] })
}

async function withOauth4webapi(_: Test, issuer: string, alg: string): Promise<Verify> {
  const server = await discover(issuer)
  const options = { signingAlgorithms: [alg], [oauth.allowInsecureRequests]: true }
  return (token) => {
    const request = new Request('https://notes.example.test', { headers: { authorization: `Bearer ${token}` } })
    return oauth.validateJwtAccessToken(server, request, issuer, options)
  }
}

async function withExpress(t: Test, issuer: string, alg: string): Promise<Verify> {
  // In the environment `test`, Express does not write refusals to stderr.
  const app = express().set('env', 'test')
  app.use(auth({ issuerBaseURL: issuer, audience: issuer, tokenSigningAlg: alg, strict: true }))
  app.get('/', (_request, response) => void response.end('let in'))
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return async (token) => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } })
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.headers.get('www-authenticate')}`)
  }
}

async function withAws(_: Test, issuer: string): Promise<Verify> {
  const jwksUri = (await discover(issuer)).jwks_uri
  // The fetcher of the library supports only https.
  const fetcher = { fetch: async (address: string) => (await fetch(address)).arrayBuffer() }
  const jwksCache = new SimpleJwksCache({ fetcher })
  const verifier = JwtVerifier.create({ issuer, audience: issuer, jwksUri }, { jwksCache })
  return (token) => verifier.verify(token)
}

const libraries = {
  jose: withJose,
  oauth4webapi: withOauth4webapi,
  'express-oauth2-jwt-bearer': withExpress,
  'aws-jwt-verify': withAws,
}

/** Ages the keys by thirty days, so that the next key signs. */
async function letTheKeySign(databaseUrl: string): Promise<void> {
  const client = new Client(databaseUrl)
  await client.connect()
  await client.query(`UPDATE signing_keys SET created_at = created_at - interval '30 days',
    signs_from = signs_from - interval '30 days'`)
  await client.end()
}

function tamperWith(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url')
  return [header, changed, signature].join('.')
}

for (const alg of ['ES256', 'EdDSA', 'RS256']) {
  t.test(`other libraries accept ${alg} tokens before and after a rotation`, async (t) => {
    const { url, drop } = await createDatabase()
    t.teardown(drop)
    const { baseUrl, child, exited } = await startServer({ DATABASE_URL: url, SIGNING_ALG: alg, LOG_LEVEL: 'warn' })
    t.teardown(() => child.kill('SIGTERM') && exited)
    const verifiers: [name: string, verify: Verify][] = []
    for (const [name, make] of Object.entries(libraries)) verifiers.push([name, await make(t, baseUrl, alg)])

    const { access_token: before } = await register(baseUrl)
    for (const [name, verify] of verifiers) await t.resolves(verify(before), `${name} accepts a token`)

    await letTheKeySign(url)
    let after = before
    while (decodeProtectedHeader(after).kid === decodeProtectedHeader(before).kid) {
      after = (await register(baseUrl)).access_token
    }
    child.kill('SIGTERM')
    await exited
    for (const [name, verify] of verifiers) {
      await t.resolves(verify(after), `${name} accepts a token of the new key`)
      await t.resolves(verify(before), `${name} still accepts a token of the old key`)
      await t.rejects(verify(tamperWith(after)), `${name} refuses a token with other claims`)
    }
  })
}
