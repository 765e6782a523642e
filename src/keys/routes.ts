/** What other services need to verify our tokens: the public keys (RFC 7517) and where to find them (RFC 8414). */
import { z } from 'zod'
import type { App } from '../http/server.ts'
import type { KeyRing } from './key-ring.ts'

/** How long others may keep the keys, in seconds. A new key must not sign before this much has passed. */
export const jwksMaxAgeSeconds = 300

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
  })
  .meta({ id: 'Metadata' })

export function keyRoutes(app: App, { keyRing, publicUrl }: { keyRing: KeyRing; publicUrl: string }): void {
  const cacheControl = `public, max-age=${jwksMaxAgeSeconds}`
  const keys = keyRing.verification.map(({ publicKey, kid, alg }) =>
    jwk.parse({ ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }),
  )

  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    schema: {
      operationId: 'getJwks',
      summary: 'The public keys that verify access tokens',
      description: `May be kept for ${jwksMaxAgeSeconds} seconds.`,
      tags: ['Keys'],
      security: [],
      response: { 200: jwks },
      'x-errors': [],
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', cacheControl)
      return { keys }
    },
  })

  app.route({
    method: 'GET',
    url: '/.well-known/oauth-authorization-server',
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
      }
    },
  })
}
