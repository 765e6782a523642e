/** POST /auth/password, /auth/password/forgot and /auth/password/reset. */
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import { signedIn } from '../sessions/token-pair.ts'
import type { ChangePassword } from './change-password.ts'
import { passwordChange, passwordReset, resetRequest } from './passwords.ts'
import type { RequestReset } from './request-reset.ts'
import type { ResetPassword } from './reset-password.ts'

type Dependencies = { transport: TokenTransport; requestReset: RequestReset; resetPassword: ResetPassword }

/** For requests without a sign-in. */
export function forgottenPasswordRoutes(app: App, { transport, requestReset, resetPassword }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/password/forgot',
    schema: {
      operationId: 'forgotPassword',
      summary: 'Ask for a link that sets a new password',
      description:
        'The answer is the same for every address, and comes before the address is looked up. A second request within a minute sends ' +
        'no second mail, and its `verification_id` fits no code.',
      tags: ['Passwords'],
      security: [],
      headers: modeHeader,
      body: resetRequest,
      response: { 202: accepted },
      'x-errors': [...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const { email, redirect_to: redirectTo } = request.body
      const id = await requestReset({ email, redirectTo }, contextOf(request))
      return reply.code(202).send(acceptedAnswer(id))
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/password/reset',
    schema: {
      operationId: 'resetPassword',
      summary: 'Set a new password with the token of a link, or with a code',
      description:
        'Takes the `token` of the link, or the `code` in the same mail with the `verification_id` from the answer to `/auth/password/forgot`. Every session of the user ends, and the address counts as verified. A refused password does not use them up. Wrong ' +
        'passwords from before no longer delay a login. In cookie mode the browser becomes a trusted device.',
      tags: ['Passwords'],
      security: [],
      headers: modeHeader,
      body: passwordReset,
      response: { 204: z.undefined().describe('The password is set. Log in with it.') },
      'x-sets-cookies': true,
      'x-errors': [...bodyErrors, ...cookieErrors, 'invalid_one_time_token', 'invalid_code', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const device = await resetPassword(request.body, contextOf(request))
      transport.trustDevice(reply, transport.modeOf(request), device)
      return reply.code(204).send()
    },
  })
}

type SignedInDependencies = { transport: TokenTransport; changePassword: ChangePassword }

/** For signed-in users. */
export function passwordRoutes(app: App, { transport, changePassword }: SignedInDependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/password',
    schema: {
      operationId: 'changePassword',
      summary: 'Change the password',
      description:
        'This session goes on with the tokens of the answer, and its tokens from before stop working. The other sessions of the user ' +
        'end, unless they are kept. Those refresh their access tokens.',
      tags: ['Passwords'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: passwordChange,
      response: { 200: signedIn },
      'x-sets-cookies': true,
      'x-errors': [...tokenErrors, ...bodyErrors, ...cookieErrors, 'invalid_credentials', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const { userId, sessionId } = principalOf(request)
      const pair = await changePassword(request.body, { userId, sessionId, context: contextOf(request) })
      return transport.send(reply, transport.modeOf(request), pair)
    },
  })
}
