/** GET /auth/whoami: the claims of the access token. */
import { tokenErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { principalOf } from './principal.ts'
import { toWhoami, whoami } from './whoami.ts'

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
    handler: async (request) => toWhoami(principalOf(request)),
  })
}
