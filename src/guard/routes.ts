/** GET /auth/whoami: the claims of the access token. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { tokenErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { principalOf } from './principal.ts'

const whoami = z
  .strictObject({
    sub: z.uuid().describe('The user.'),
    sid: z
      .uuid()
      .describe('The session.')
      .meta({ examples: ['0190a5b6-8d4e-7f50-9b2c-3d4e5f607182'] }),
    roles: z
      .array(z.string())
      .describe('Empty if the user has none.')
      .meta({ examples: [['editor']] }),
    amr: z
      .array(z.string())
      .describe('How the user logged in (RFC 8176).')
      .meta({ examples: [['pwd']] }),
    auth_time: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the user logged in, in seconds since 1970.')
      .meta({ examples: [1773480413] }),
    iat: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the token was issued.')
      .meta({ examples: [1773481013] }),
    exp: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When the token expires.')
      .meta({ examples: [1773481613] }),
    scope: z.string().optional(),
  })
  .meta({ id: 'Whoami', description: 'The claims of an access token.' })

export function whoamiRoute(app: App): void {
  app.route({
    method: 'GET',
    url: '/auth/whoami',
    config: { shed: 'last' },
    schema: {
      operationId: 'whoami',
      summary: 'Read the claims of this access token',
      description:
        'The server reads nothing but the token, so this is the cheapest way to find out whether a token works.',
      tags: ['Sessions'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: whoami },
      'x-errors': tokenErrors,
    },
    handler: onWhoami,
  })
}

async function onWhoami(request: FastifyRequest): Promise<z.infer<typeof whoami>> {
  const { userId, sessionId, roles, amr, authTime, issuedAt, expiresAt, scope } = principalOf(request)
  return {
    sub: userId,
    sid: sessionId,
    roles: [...roles],
    amr: [...amr],
    auth_time: authTime,
    iat: issuedAt,
    exp: expiresAt,
    ...(scope === undefined ? {} : { scope }),
  }
}
