/** POST /oauth/revoke (RFC 7009) and /oauth/introspect (RFC 7662). They take forms, answer the errors of OAuth, and read no cookie. */
import { z } from 'zod'
import type { ServiceAuth } from '../guard/service-auth.ts'
import { bodyErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import { clientId } from '../tokens/access-token.ts'
import { refreshTokenExample } from '../tokens/refresh-token.ts'
import type { ActiveToken, IntrospectToken } from './introspect-token.ts'
import type { RevokeToken } from './revoke-token.ts'

type Dependencies = {
  serviceAuth: ServiceAuth
  revokeToken: RevokeToken
  introspectToken: IntrospectToken
  issuer: string
  audience: string
}

// Unknown parameters are ignored (RFC 6749 §3.2). A public client sends its client_id, for example.
const tokenForm = z
  .looseObject({
    token: z
      .string()
      .min(1)
      .describe('An access token or a refresh token, of either mode.')
      .meta({ examples: [refreshTokenExample] }),
    token_type_hint: z
      .string()
      .optional()
      .describe('It is accepted but not needed, because the two kinds of token differ in form.'),
  })
  .meta({ id: 'TokenForm' })

const seconds = z
  .int()
  .min(0)
  .max(2 ** 40)

const introspectionExample = {
  active: true,
  token_type: 'Bearer',
  iss: 'https://auth.example.com',
  aud: 'https://auth.example.com',
  sub: '0190a5b6-7c3d-7e4f-8a1b-2c3d4e5f6071',
  sid: '0190a5b6-8d4e-7f50-9b2c-3d4e5f607182',
  client_id: clientId,
  jti: 'AZCltnw9fk-KGyw9Tl9gcQ',
  iat: 1773481013,
  exp: 1773481613,
  auth_time: 1773480413,
  amr: ['pwd'],
  acr: 'aal1',
}

const introspection = z
  .union([
    z
      .strictObject({ active: z.literal(false) })
      .describe('The token is unknown, expired, revoked or used up. The answer does not say which.'),
    z
      .strictObject({
        active: z.literal(true),
        token_type: z.literal('Bearer'),
        iss: z.string(),
        aud: z.string(),
        sub: z.uuid().describe('The user.'),
        sid: z.uuid().describe('The session.'),
        client_id: z.string(),
        jti: z.string(),
        iat: seconds,
        exp: seconds,
        auth_time: seconds.describe('When the user logged in, in seconds since 1970.'),
        amr: z.array(z.string()).describe('How the user logged in (RFC 8176).'),
        acr: z.string().describe('How strongly the user signed in: `aal2` with two factors, `aal1` with one.'),
        roles: z.array(z.string()).optional().describe('Absent if the user has none.'),
        scope: z.string().optional(),
      })
      .describe('An access token.'),
    z
      .strictObject({
        active: z.literal(true),
        sub: z.uuid().describe('The user.'),
        sid: z.uuid().describe('The session.'),
        exp: seconds.describe('When the session expires unless it is refreshed.'),
      })
      .describe('A refresh token.'),
  ])
  .meta({ id: 'Introspection', description: 'RFC 7662 §2.2.', examples: [introspectionExample] })
type Introspection = z.infer<typeof introspection>

/** Register them in a scope that accepts forms and answers the errors of OAuth. */
export function oauthRoutes(app: App, given: Dependencies): void {
  const { serviceAuth, revokeToken, introspectToken, issuer, audience } = given

  app.route({
    method: 'POST',
    url: '/oauth/revoke',
    config: { shed: 'last' },
    schema: {
      operationId: 'revokeToken',
      summary: 'End the session of a token (RFC 7009)',
      description:
        'Logging out, as standard OAuth clients know it. Clients are public, so none authenticates: the token is what ' +
        'entitles. A token that is unknown or has expired is answered alike, and changes nothing.',
      tags: ['OAuth'],
      security: [{}, { serviceCredential: [] }],
      consumes: ['application/x-www-form-urlencoded'],
      body: tokenForm,
      response: { 200: z.undefined().describe('No token of that session works.') },
      'x-errors': [...bodyErrors, 'invalid_client', 'not_ready', 'database_unavailable'],
      'x-error-form': 'oauth',
    },
    onRequest: serviceAuth.checkOfferedService,
    handler: async (request, reply) => {
      await revokeToken(request.body.token, contextOf(request))
      return reply.send()
    },
  })

  app.route({
    method: 'POST',
    url: '/oauth/introspect',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'introspectToken',
      summary: 'Ask whether a token works at this moment (RFC 7662)',
      description:
        'For services that do not verify tokens themselves, or must not trust one that was revoked a moment ago. Reads ' +
        'the session’s row, changes nothing, and never says why a token does not work.',
      tags: ['OAuth'],
      security: [{ serviceCredential: [] }],
      consumes: ['application/x-www-form-urlencoded'],
      body: tokenForm,
      response: { 200: introspection },
      'x-errors': [...bodyErrors, 'invalid_client', 'not_ready', 'database_unavailable'],
      'x-error-form': 'oauth',
    },
    onRequest: serviceAuth.requireService,
    handler: async (request) => toIntrospection(await introspectToken(request.body.token)),
  })

  function toIntrospection(token: ActiveToken | undefined): Introspection {
    if (!token) return { active: false }
    if (token.kind === 'refresh') {
      return { active: true, sub: token.userId, sid: token.sessionId, exp: token.expiresAt }
    }
    const { principal } = token
    return {
      active: true,
      token_type: 'Bearer',
      iss: issuer,
      aud: audience,
      sub: principal.userId,
      sid: principal.sessionId,
      client_id: clientId,
      jti: principal.tokenId,
      iat: principal.issuedAt,
      exp: principal.expiresAt,
      auth_time: principal.authTime,
      amr: [...principal.amr],
      acr: principal.acr,
      ...(principal.roles.length === 0 ? {} : { roles: [...principal.roles] }),
      ...(principal.scope === undefined ? {} : { scope: principal.scope }),
    }
  }
}
