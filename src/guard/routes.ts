/** GET /auth/whoami: what an access token says, read from nothing but the token. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { tokenErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { principalOf } from './principal.ts'

const whoami = z
  .strictObject({
    sub: z.uuid().describe('The person.'),
    sid: z.uuid().describe('The session.'),
    roles: z.array(z.string()),
    amr: z.array(z.string()).describe('How they logged in (RFC 8176).'),
    auth_time: z
      .int()
      .min(0)
      .max(2 ** 40)
      .describe('When they logged in, seconds since 1970.'),
    iat: z
      .int()
      .min(0)
      .max(2 ** 40),
    exp: z
      .int()
      .min(0)
      .max(2 ** 40),
    scope: z.string().optional(),
  })
  .meta({ id: 'Whoami', description: 'What an access token says.' })

export function whoamiRoute(app: App): void {
  app.route({
    method: 'GET',
    url: '/auth/whoami',
    config: { shed: 'last' },
    schema: {
      operationId: 'whoami',
      summary: 'What this access token says',
      description: 'Reads nothing but the token: the cheapest way to see whether one works.',
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
