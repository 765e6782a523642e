/** POST /auth/password, /auth/password/forgot, /auth/password/reset and /auth/reauthenticate. */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { Reauthenticate } from '../signin/reauthenticate.ts'
import type { ChangePassword } from './change-password.ts'
import { passwordChange, passwordReset, reauthentication, reissued, resetRequest } from './passwords.ts'
import type { RequestReset } from './request-reset.ts'
import type { ResetPassword } from './reset-password.ts'

type ForgottenDependencies = { requestReset: RequestReset; resetPassword: ResetPassword }

/** For everybody. */
export function forgottenPasswordRoutes(app: App, { requestReset, resetPassword }: ForgottenDependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/password/forgot',
    schema: {
      operationId: 'forgotPassword',
      summary: 'Ask for a link that sets a new password',
      description:
        'The answer is the same whether the address is known or not. Asked again within a minute, no second mail is sent.',
      tags: ['Passwords'],
      security: [],
      headers: modeHeader,
      body: resetRequest,
      response: { 202: accepted },
      'x-errors': [...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (request, reply) => {
      await requestReset(request.body.email, contextOf(request))
      return reply.code(202).send(acceptedAnswer)
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/password/reset',
    schema: {
      operationId: 'resetPassword',
      summary: 'Set a new password with the token of a link',
      description:
        'Every session of the person ends, and their address counts as verified. A password that is refused does not use ' +
        'the token up.',
      tags: ['Passwords'],
      security: [],
      headers: modeHeader,
      body: passwordReset,
      response: { 204: z.undefined().describe('The password is set. Log in with it.') },
      'x-errors': [...bodyErrors, ...cookieErrors, 'invalid_one_time_token', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      await resetPassword(request.body, contextOf(request))
      return reply.code(204).send()
    },
  })
}

type SignedInDependencies = {
  transport: TokenTransport
  changePassword: ChangePassword
  reauthenticate: Reauthenticate
}

const callerOf = (request: FastifyRequest) => {
  const { userId, sessionId } = principalOf(request)
  return { userId, sessionId, context: contextOf(request) }
}

/** For the signed-in. */
export function passwordRoutes(app: App, { transport, changePassword, reauthenticate }: SignedInDependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/password',
    schema: {
      operationId: 'changePassword',
      summary: 'Change the password',
      description: 'This session goes on; the person’s others end, unless they are to be kept.',
      tags: ['Passwords'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: passwordChange,
      response: { 204: z.undefined().describe('The password is changed.') },
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'invalid_credentials', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      await changePassword(request.body, callerOf(request))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/reauthenticate',
    schema: {
      operationId: 'reauthenticate',
      summary: 'Prove again who you are',
      description:
        'For routes that answer `reauthentication_required`: gives an access token in which `auth_time` is now. The ' +
        'refresh token stays as it is.',
      tags: ['Sessions'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: reauthentication,
      response: { 200: reissued },
      'x-sets-cookies': true,
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'invalid_credentials', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const token = await reauthenticate(request.body.password, callerOf(request))
      return transport.sendAccess(reply, transport.modeOf(request), token)
    },
  })
}
