/** GET /auth/session. */
import type { TokenTransport } from '../http/browser/token-transport.ts'
import type { App } from '../http/server.ts'
import { type ReadSessionStatus, sessionStatus } from './session-status.ts'

type Dependencies = { transport: TokenTransport; readSessionStatus: ReadSessionStatus }

/** For requests with and without a sign-in. */
export function sessionStatusRoute(app: App, { transport, readSessionStatus }: Dependencies): void {
  app.route({
    method: 'GET',
    url: '/auth/session',
    config: { shed: 'last' },
    schema: {
      operationId: 'getSession',
      summary: 'Whether the user is signed in',
      description:
        'For the first request of a page. The answer is 200 whether the user is signed in or not, so the console of the browser shows no ' +
        'error. It refreshes nothing and changes nothing.',
      tags: ['Sign in'],
      security: [{}, { accessToken: [] }, { accessCookie: [] }],
      response: { 200: sessionStatus },
      'x-errors': ['two_credentials', 'not_ready', 'database_unavailable'],
    },
    handler: (request) =>
      readSessionStatus({
        mode: transport.modeOf(request),
        accessToken: () => transport.accessToken(request),
        // A GET has no body, so only a cookie can hold one.
        refreshToken: () => transport.refreshToken(request, undefined),
      }),
  })
}
