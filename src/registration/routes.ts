/** POST /auth/register. */

import { registration } from '../accounts/account.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { signInAnswer } from '../signin/answer.ts'
import { withVerification } from './answer.ts'
import type { Register } from './register.ts'

type Dependencies = { transport: TokenTransport; register: Register }

/** For requests without a sign-in. */
export function registrationRoutes(app: App, { transport, register }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/register',
    schema: {
      operationId: 'register',
      summary: 'Open an account and log in',
      description:
        'With `SIGNUP=verified` the answer is 202 for every address, and there is no account yet. The link in the mail opens the ' +
        'account, together with the password. To get the mail again, register again. With `SIGNUP=closed` no account ' +
        'can be opened.',
      tags: ['Sign up'],
      security: [],
      headers: modeHeader,
      body: registration,
      response: { 201: signInAnswer, 202: accepted },
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
      const client = transport.client(request, request.body)
      const { result, verificationId } = await register(request.body, client)
      if (!result) return reply.code(202).send(acceptedAnswer(verificationId))
      return transport.sendSignIn(reply.code(201), client.mode, withVerification(result, verificationId))
    },
  })
}
