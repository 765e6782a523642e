/** POST /auth/register; GET, PATCH and DELETE /auth/me; GET /auth/me/export. */
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, freshTokenErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { DeleteAccount } from '../privacy/delete-account.ts'
import { accountExport, type ExportAccount } from '../privacy/export-account.ts'
import type { Register } from '../registration/register.ts'
import { issued } from '../sessions/token-pair.ts'
import { profileChange, registration, user } from './account.ts'
import type { Profile } from './profile.ts'

type RegistrationDependencies = { transport: TokenTransport; register: Register }

/** For everybody. */
export function registrationRoutes(app: App, { transport, register }: RegistrationDependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/register',
    schema: {
      operationId: 'register',
      summary: 'Open an account and log in',
      description:
        'With `SIGNUP=verified` nobody is logged in, and there is no account yet: 202 for every address, known or not. The ' +
        'link in the mail opens the account, with the password of its own registration; to have it sent again, register ' +
        'again. With `SIGNUP=closed` nobody opens an account.',
      tags: ['Accounts'],
      security: [],
      headers: modeHeader,
      body: registration,
      response: { 201: issued, 202: accepted },
      'x-sets-cookies': true,
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_refresh_token',
        'signup_closed',
        'email_taken',
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request)
      const pair = await register(request.body, client)
      if (!pair) return reply.code(202).send(acceptedAnswer)
      return transport.send(reply.code(201), client.mode, pair)
    },
  })
}

/** For the signed-in. */
export function profileRoutes(app: App, { profile }: { profile: Profile }): void {
  app.route({
    method: 'GET',
    url: '/auth/me',
    schema: {
      operationId: 'getMe',
      summary: 'The signed-in person',
      tags: ['Accounts'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: user },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: (request) => profile.read(principalOf(request).userId),
  })

  app.route({
    method: 'PATCH',
    url: '/auth/me',
    schema: {
      operationId: 'updateMe',
      summary: 'Change the signed-in person',
      tags: ['Accounts'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: profileChange,
      response: { 200: user },
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: (request) => profile.change(principalOf(request).userId, request.body),
  })
}

/** For the signed-in. */
export function exportRoutes(app: App, { exportAccount }: { exportAccount: ExportAccount }): void {
  app.route({
    method: 'GET',
    url: '/auth/me/export',
    schema: {
      operationId: 'exportMe',
      summary: 'Everything stored about the signed-in person',
      tags: ['Accounts'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: accountExport },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const exported = await exportAccount(principalOf(request), contextOf(request))
      reply.header('content-disposition', 'attachment; filename="account.json"')
      return exported
    },
  })
}

type DeletionDependencies = { transport: TokenTransport; deleteAccount: DeleteAccount }

/** For those whose login is a fresh one. */
export function deletionRoutes(app: App, { transport, deleteAccount }: DeletionDependencies): void {
  app.route({
    method: 'DELETE',
    url: '/auth/me',
    schema: {
      operationId: 'deleteMe',
      summary: 'Delete the account of the signed-in person',
      description:
        'For good, and at once: sessions end everywhere, and what is left is an audit log of ids that lead nowhere. A letter says ' +
        'so to the address the account had.',
      tags: ['Accounts'],
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
