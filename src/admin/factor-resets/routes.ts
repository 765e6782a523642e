/** Resets of factors. The guards of their scopes require the role `admin`, and that of the writes also a recent sign-in. */
import { z } from 'zod'
import { bodyErrors, cookieErrors, freshTokenErrors, tokenErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import { administratorOf } from '../routes.ts'
import { userParams } from '../wire.ts'
import type { FactorResets } from './reset-factors.ts'
import { factorResetList, resetDone, waitingReset } from './wire.ts'

const tags = ['Administration']
const security = [{ accessToken: [] }, { accessCookie: [] }]
const readErrors = [...tokenErrors, 'second_factor_required', 'forbidden', 'database_unavailable'] as const
const writeErrors = [
  ...freshTokenErrors,
  ...bodyErrors,
  ...cookieErrors,
  'forbidden',
  'not_found',
  'uri_too_long',
  'database_unavailable',
] as const

export function factorResetReadRoutes(app: App, { listFactorResets }: Pick<FactorResets, 'listFactorResets'>): void {
  app.route({
    method: 'GET',
    url: '/admin/factor-resets',
    schema: {
      operationId: 'listFactorResets',
      summary: 'List resets of factors that wait for a second administrator',
      description: 'With `ADMIN_RESET_NEEDS_TWO=on`, a reset waits for an hour.',
      tags,
      security,
      response: { 200: factorResetList },
      'x-errors': readErrors,
    },
    handler: () => listFactorResets(),
  })
}

export function factorResetRoutes(app: App, resets: Omit<FactorResets, 'listFactorResets'>): void {
  app.route({
    method: 'POST',
    url: '/admin/users/:id/reset-factors',
    schema: {
      operationId: 'resetFactors',
      summary: 'Remove all second factors of a user',
      description:
        'For a user who has lost all of them. It removes the recovery codes and the trusted devices too, ends all sessions, and tells the user by ' +
        'mail. With `ADMIN_RESET_NEEDS_TWO=on` nothing happens before a second administrator confirms it. Nobody resets their own account.',
      tags,
      security,
      params: userParams,
      response: { 200: resetDone, 202: waitingReset },
      'x-errors': writeErrors,
    },
    handler: async (request, reply) => {
      const waiting = await resets.resetFactors(request.params.id, administratorOf(request))
      return waiting ? reply.code(202).send(waiting) : { status: 'reset' as const }
    },
  })

  app.route({
    method: 'POST',
    url: '/admin/factor-resets/:id/confirm',
    schema: {
      operationId: 'confirmFactorReset',
      summary: 'Confirm a reset of factors',
      description:
        'For an administrator who neither asked for the reset nor is the user. The answer is 404 if it was done, cancelled or is too old.',
      tags,
      security,
      params: userParams,
      response: { 200: resetDone },
      'x-errors': writeErrors,
    },
    handler: async (request) => {
      await resets.confirmFactorReset(request.params.id, administratorOf(request))
      return { status: 'reset' as const }
    },
  })

  app.route({
    method: 'DELETE',
    url: '/admin/factor-resets/:id',
    schema: {
      operationId: 'cancelFactorReset',
      summary: 'Cancel a reset of factors',
      description: 'Any administrator may cancel it.',
      tags,
      security,
      params: userParams,
      response: { 204: z.undefined().describe('Nothing will be removed.') },
      'x-errors': writeErrors,
    },
    handler: async (request, reply) => {
      await resets.cancelFactorReset(request.params.id, administratorOf(request))
      return reply.code(204).send()
    },
  })
}
