/** What other services need to verify our tokens: the public keys (RFC 7517) and where to find them (RFC 8414). */
import { z } from 'zod'
import type { App } from '../http/server.ts'
import type { VerificationKey } from '../tokens/access-token.ts'
import type { KeyRing } from './key-ring.ts'

const jwk = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  kid: z.string().describe('RFC 7638 thumbprint; the `kid` of every token this key signed.'),
  alg: z.enum(['ES256', 'EdDSA', 'RS256']),
  use: z.literal('sig'),
})
const jwks = z.strictObject({ keys: z.array(jwk) }).meta({ id: 'Jwks' })

const metadata = z
  .strictObject({
    issuer: z.url(),
    jwks_uri: z.url(),
    service_documentation: z.url(),
    response_types_supported: z.array(z.string()).describe('None: people log in at this API, not through redirects.'),
    grant_types_supported: z.array(z.string()),
    revocation_endpoint: z.url().describe('RFC 7009.'),
    revocation_endpoint_auth_methods_supported: z.array(z.string()),
    introspection_endpoint: z.url().describe('RFC 7662.'),
    introspection_endpoint_auth_methods_supported: z.array(z.string()),
    revocation_feed_endpoint: z.url().describe('For services that verify tokens themselves; ours, in no RFC.'),
  })
  .meta({ id: 'Metadata' })

type Dependencies = {
  keyRing: KeyRing
  publicUrl: string
  /** How long others may keep the keys. A new key does not sign before this much has passed. */
  maxAgeSeconds: number
}

export function keyRoutes(app: App, { keyRing, publicUrl, maxAgeSeconds }: Dependencies): void {
  const cacheControl = `public, max-age=${maxAgeSeconds}`

  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'getJwks',
      summary: 'The public keys that verify access tokens',
      description:
        'May be kept as long as Cache-Control says. A key stands here for longer than that before it signs, and until ' +
        'the last token it signed has expired; a revoked one is gone at once.',
      tags: ['Keys'],
      security: [],
      response: { 200: jwks },
      'x-errors': [],
    },
    handler: async (_request, reply) => {
      // A copy that lacks a key must not outlive the time that key waits before it signs.
      reply.header('cache-control', keyRing.isCurrent ? cacheControl : 'no-store')
      return { keys: keyRing.verification.map(toJwk) }
    },
  })

  app.route({
    method: 'GET',
    url: '/.well-known/oauth-authorization-server',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'getMetadata',
      summary: 'Where to find everything (RFC 8414)',
      tags: ['Keys'],
      security: [],
      response: { 200: metadata },
      'x-errors': [],
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', cacheControl)
      return {
        issuer: publicUrl,
        jwks_uri: `${publicUrl}/.well-known/jwks.json`,
        service_documentation: `${publicUrl}/docs`,
        response_types_supported: [],
        grant_types_supported: [],
        revocation_endpoint: `${publicUrl}/oauth/revoke`,
        revocation_endpoint_auth_methods_supported: ['none'],
        introspection_endpoint: `${publicUrl}/oauth/introspect`,
        introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
        revocation_feed_endpoint: `${publicUrl}/revocations`,
      }
    },
  })
}

const toJwk = ({ publicKey, kid, alg }: VerificationKey) =>
  jwk.parse({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' })
