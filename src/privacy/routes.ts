/** GET /auth/me/export and DELETE /auth/me. */
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, freshTokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { DeleteAccount } from './delete-account.ts'
import type { ExportAccount } from './export-account.ts'
import { accountExport, exportQuery } from './export-wire.ts'

/** For signed-in users who reauthenticated recently. */
export function exportRoutes(app: App, { exportAccount }: { exportAccount: ExportAccount }): void {
  app.route({
    method: 'GET',
    url: '/auth/me/export',
    schema: {
      operationId: 'exportMe',
      summary: 'Export the data of the signed-in user',
      description:
        'The data comes in pages. Ask for the next page with `next_cursor` as `cursor`, until it is null, and join the lists. A user has ' +
        'one export at a time.',
      tags: ['Account'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      querystring: exportQuery,
      response: { 200: accountExport },
      'x-answer-headers': ['Content-Disposition'],
      'x-errors': [...freshTokenErrors, 'invalid_request', 'export_running', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const exported = await exportAccount(principalOf(request), request.query, contextOf(request))
      reply.header('content-disposition', 'attachment; filename="account.json"')
      return exported
    },
  })
}

type Dependencies = { transport: TokenTransport; deleteAccount: DeleteAccount }

/** For signed-in users who reauthenticated recently. */
export function deletionRoutes(app: App, { transport, deleteAccount }: Dependencies): void {
  app.route({
    method: 'DELETE',
    url: '/auth/me',
    schema: {
      operationId: 'deleteMe',
      summary: 'Delete the account of the signed-in user',
      description:
        'The deletion is immediate and final. All sessions end, and only ids in the audit log remain. A mail to the address of the ' +
        'account, if it has one, confirms it.',
      tags: ['Account'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 204: z.undefined().describe('The account is gone.') },
      'x-sets-cookies': true,
      'x-errors': [...freshTokenErrors, ...bodyErrors, ...cookieErrors, 'last_admin', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      await deleteAccount(principalOf(request), contextOf(request))
      if (transport.modeOf(request) === 'cookie') transport.forget(reply)
      return reply.code(204).send()
    },
  })
}
