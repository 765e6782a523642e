/** The public keys (RFC 7517) and the metadata that leads to them (RFC 8414), for services that verify access tokens. */

import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { App } from '../http/server.ts'
import type { VerificationKey } from '../tokens/access-token.ts'
import type { KeyRing } from './key-ring.ts'

const jwk = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  kid: z.string().describe('RFC 7638 thumbprint. Tokens that this key signed have the same `kid`.'),
  alg: z.enum(['ES256', 'EdDSA', 'RS256']),
  use: z.literal('sig'),
})
/** The key of RFC 7515, appendix A.3. */
const jwksExample = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
      kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
      alg: 'ES256',
      use: 'sig',
    },
  ],
}
const jwks = z.strictObject({ keys: z.array(jwk) }).meta({ id: 'Jwks', examples: [jwksExample] })

// There are no response types and no grant types, because users log in at this API. An empty list must be left out (RFC 8414 §3.2).
const metadataOf = (publicUrl: string) => ({
  issuer: publicUrl,
  jwks_uri: `${publicUrl}/.well-known/jwks.json`,
  service_documentation: `${publicUrl}/docs`,
  revocation_endpoint: `${publicUrl}/oauth/revoke`,
  revocation_endpoint_auth_methods_supported: ['none'],
  introspection_endpoint: `${publicUrl}/oauth/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
  revocation_feed_endpoint: `${publicUrl}/revocations`,
})

const metadata = z
  .strictObject({
    issuer: z.url(),
    jwks_uri: z.url(),
    service_documentation: z.url(),
    revocation_endpoint: z.url().describe('RFC 7009.'),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint: z.url().describe('RFC 7662.'),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_feed_endpoint: z.url().describe('For services that verify tokens themselves. Not a member of any RFC.'),
  })
  .meta({ id: 'Metadata', examples: [metadataOf('https://auth.example.com')] })

type Dependencies = {
  keyRing: KeyRing
  publicUrl: string
  /** The path of `publicUrl`, or empty. */
  publicPath: string
  /** How long verifiers may cache the keys. A new key is published for longer than this before it signs. */
  maxAgeSeconds: number
}

const metadataPath = '/.well-known/oauth-authorization-server'

export function keyRoutes(app: App, { keyRing, publicUrl, publicPath, maxAgeSeconds }: Dependencies): void {
  const cacheControl = `public, max-age=${maxAgeSeconds}`

  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'getJwks',
      summary: 'Read the public keys that verify access tokens',
      description:
        'You may cache them for as long as Cache-Control says. A key is published for longer than that before it signs. It ' +
        'stays until the last token that it signed has expired. A revoked key is removed at once.',
      tags: ['Services'],
      security: [],
      response: { 200: jwks },
      'x-errors': [],
    },
    handler: async (_request, reply) => {
      // A node that is not current may lack the next key. A cached copy of its answer could lack it when it begins to sign.
      reply.header('cache-control', keyRing.isCurrent ? cacheControl : 'no-store')
      return { keys: keyRing.verification.map(toJwk) }
    },
  })

  app.route({
    method: 'GET',
    url: metadataPath,
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'getMetadata',
      summary: 'Read the metadata of this server (RFC 8414)',
      description:
        'Leads services to the keys, the revocations and the OAuth endpoints. There are no grant types: users sign in at this API.',
      tags: ['Services'],
      security: [],
      response: { 200: metadata },
      'x-errors': [],
    },
    handler: onMetadata,
  })

  // The place of the document for an issuer with a path (RFC 8414 §3.1). The other place is the one that OpenID Connect would choose.
  if (publicPath !== '') {
    app.route({
      method: 'GET',
      url: metadataPath + publicPath,
      config: { unlimited: true, shed: 'last' },
      schema: { hide: true, response: { 200: metadata } },
      handler: onMetadata,
    })
  }

  async function onMetadata(_request: unknown, reply: FastifyReply) {
    reply.header('cache-control', cacheControl)
    return metadataOf(publicUrl)
  }
}

const toJwk = ({ publicKey, kid, alg }: VerificationKey) =>
  jwk.parse({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' })
