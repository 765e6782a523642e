/** GET /auth/factors, PATCH and DELETE /auth/factors/{id}. */
import { z } from 'zod'
import { principalOf } from '../../guard/principal.ts'
import { bodyErrors, cookieErrors, freshTokenErrors, tokenErrors } from '../../http/errors/problem.ts'
import { contextOf } from '../../http/request-context.ts'
import type { App } from '../../http/server.ts'
import { factor, factorChange, factorList, factorRemoved } from '../factor.ts'
import type { ManageFactors } from './manage-factors.ts'

const security = [{ accessToken: [] }, { accessCookie: [] }]
const params = z.strictObject({ id: z.uuid() })

/** For signed-in users. */
export function factorListRoutes(
  app: App,
  { manageFactors }: { manageFactors: Pick<ManageFactors, 'list' | 'rename'> },
): void {
  app.route({
    method: 'GET',
    url: '/auth/factors',
    schema: {
      operationId: 'listFactors',
      summary: 'List the factors of the signed-in user',
      description: 'The authenticator apps and passkeys of the user, and how many recovery codes are left.',
      tags: ['Factors'],
      security,
      response: { 200: factorList },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: (request) => manageFactors.list(principalOf(request).userId),
  })

  app.route({
    method: 'PATCH',
    url: '/auth/factors/:id',
    schema: {
      operationId: 'renameFactor',
      summary: 'Rename a factor',
      description: 'The name is for the user alone.',
      tags: ['Factors'],
      security,
      params,
      body: factorChange,
      response: { 200: factor },
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'not_found', 'database_unavailable'],
    },
    handler: (request) => {
      const wish = { id: request.params.id, name: request.body.name }
      return manageFactors.rename(principalOf(request), wish, contextOf(request))
    },
  })
}

type RemovalDependencies = { manageFactors: Pick<ManageFactors, 'remove'> }

/** For signed-in users who reauthenticated recently. */
export function factorRemovalRoutes(app: App, { manageFactors }: RemovalDependencies): void {
  app.route({
    method: 'DELETE',
    url: '/auth/factors/:id',
    schema: {
      operationId: 'removeFactor',
      summary: 'Remove a factor',
      description:
        'The access tokens of the user from before stop working: refresh. With the last factor, the recovery codes end. The answer to the ' +
        'removal of a passkey has what the browser should know of the others.',
      tags: ['Factors'],
      security,
      params,
      response: { 200: factorRemoved },
      'x-errors': [
        ...freshTokenErrors,
        ...cookieErrors,
        'invalid_request',
        'not_found',
        'last_factor',
        'database_unavailable',
      ],
    },
    handler: (request) => manageFactors.remove(principalOf(request), request.params.id, contextOf(request)),
  })
}
