/** POST /auth/login/email, by which a sign-in by mail begins. */
import { z } from 'zod'
import { remember } from '../../accounts/account.ts'
import { email } from '../../email-addresses/email.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import { redirectTo } from '../../mail/redirect-to.ts'
import { factorRequired } from '../../signin/answer.ts'
import type { RequestSignIn } from './request-sign-in.ts'

const signInRequest = z.strictObject({ email, redirect_to: redirectTo, remember }).meta({ id: 'EmailSignIn' })

type Dependencies = { transport: TokenTransport; requestSignIn: RequestSignIn }

/** For requests without a sign-in. */
export function emailSignInRoutes(app: App, { transport, requestSignIn }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/login/email',
    schema: {
      operationId: 'requestEmailSignIn',
      summary: 'Sign in by mail',
      description:
        'Sends a mail with a code of six digits and a link. The answer is the same for every email, and comes before the email is looked ' +
        'up. No account is opened. Send the `attempt` with the code to `/auth/login/factor`. Show `number` to the user: if they open the link ' +
        'on another device, they enter it there.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: signInRequest,
      response: { 202: factorRequired },
      'x-sets-cookies': true,
      'x-errors': [...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const { email: to, redirect_to: page, remember: isRemembered } = request.body
      const client = transport.client(request, { remember: isRemembered })
      const required = await requestSignIn({ email: to, redirectTo: page }, client)
      reply.code(202)
      return transport.sendRequired(reply, client.mode, required)
    },
  })
}
