/** POST /auth/factors/recovery-codes. */
import { principalOf } from '../../guard/principal.ts'
import { cookieErrors, freshTokenErrors } from '../../http/errors/problem.ts'
import { contextOf } from '../../http/request-context.ts'
import type { App } from '../../http/server.ts'
import { newRecoveryCodesAnswer } from '../factor.ts'
import type { RenewRecoveryCodes } from './renew-recovery-codes.ts'

/** For signed-in users who reauthenticated recently. */
export function recoveryCodeRoutes(app: App, { renewRecoveryCodes }: { renewRecoveryCodes: RenewRecoveryCodes }): void {
  app.route({
    method: 'POST',
    url: '/auth/factors/recovery-codes',
    schema: {
      operationId: 'createRecoveryCodes',
      summary: 'Get new recovery codes',
      description: 'The codes from before end. The answer is the only one that has the new ones.',
      tags: ['Factors'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: newRecoveryCodesAnswer },
      'x-errors': [...freshTokenErrors, ...cookieErrors, 'no_factor', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return { recovery_codes: [...(await renewRecoveryCodes(principalOf(request), contextOf(request)))] }
    },
  })
}
