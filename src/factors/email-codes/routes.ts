/** POST /auth/login/email, by which a sign-in by mail begins, below it the approval on another device, and POST /auth/reauthenticate/email. */
import { z } from 'zod'
import { remember } from '../../accounts/account.ts'
import { email } from '../../email-addresses/email.ts'
import { oneTimeToken } from '../../email-addresses/link-proof.ts'
import { principalOf } from '../../guard/principal.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { rule } from '../../http/errors/field-error.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import { redirectTo } from '../../mail/redirect-to.ts'
import { factorRequired } from '../../signin/answer.ts'
import { attemptSeconds } from '../../signin/attempts.ts'
import { oneTimeTokenExample } from '../../tokens/one-time-token.ts'
import type { EmailSignIn } from './create-email-sign-in.ts'

const signInRequest = z.strictObject({ email, redirect_to: redirectTo, remember }).meta({ id: 'EmailSignIn' })

const opened = z.strictObject({ token: oneTimeToken }).meta({ id: 'OpenedSignInLink' })
const approval = z
  .strictObject({
    token: oneTimeToken,
    number: z
      .string()
      .regex(/^\d{2}$/, rule('not_two_digits'))
      .optional()
      .describe(
        'The number that the other device shows. It is not needed in cookie mode in the browser that asked for the mail.',
      )
      .meta({ examples: ['42'] }),
  })
  .meta({ id: 'SignInApproval' })

const pendingSignIn = z
  .strictObject({
    device: z
      .string()
      .describe('The browser and the system that asked for the mail, as far as they are known.')
      .meta({ examples: ['Firefox on Windows'] }),
    ip: z
      .string()
      .describe('The address from which it asked.')
      .meta({ examples: ['203.0.113.5'] }),
    requested_at: z.iso.datetime(),
    expires_in: z
      .int()
      .min(1)
      .max(attemptSeconds)
      .describe('Seconds until the sign-in ends.')
      .meta({ examples: [540] }),
    same_browser: z
      .boolean()
      .describe('In cookie mode: whether this browser asked for the mail. It may approve without the number.'),
  })
  .meta({ id: 'PendingSignIn', description: 'A sign-in by mail that waits for the approval of its user.' })

type Dependencies = {
  transport: TokenTransport
  emailSignIn: Pick<EmailSignIn, 'requestSignIn' | 'approveSignIn'>
}

/** For requests without a sign-in. */
export function emailSignInRoutes(app: App, { transport, emailSignIn }: Dependencies): void {
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
      const required = await emailSignIn.requestSignIn({ email: to, redirectTo: page }, client)
      reply.code(202)
      return transport.sendRequired(reply, client.mode, required)
    },
  })

  const linkErrors = [...bodyErrors, ...cookieErrors, 'invalid_one_time_token', 'database_unavailable'] as const

  app.route({
    method: 'POST',
    url: '/auth/login/email/inspect',
    schema: {
      operationId: 'inspectEmailSignIn',
      summary: 'See which sign-in a link would approve',
      description: 'For the page that the link in the mail leads to. It changes nothing.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: opened,
      response: { 200: pendingSignIn },
      'x-errors': [...linkErrors],
    },
    handler: async (request, reply) => {
      const { device, ip, requestedAt, secondsLeft, isHere } = await emailSignIn.approveSignIn.read(
        request.body.token,
        transport.client(request, {}),
      )
      reply.header('cache-control', 'no-store')
      const when = { requested_at: requestedAt.toISOString(), expires_in: secondsLeft }
      return { device, ip, ...when, same_browser: isHere }
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/login/email/approve',
    schema: {
      operationId: 'approveEmailSignIn',
      summary: 'Approve a sign-in by mail on another device',
      description:
        'For a link that was opened elsewhere than on the device that signs in. That device then goes on with `{ attempt, method: ' +
        '"email_link" }`. The third wrong number ends the link. The code in the mail goes on.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: approval,
      response: { 204: z.undefined().describe('The sign-in is approved.') },
      'x-errors': [...linkErrors, 'wrong_number'],
    },
    handler: async (request, reply) => {
      const { token, number } = request.body
      await emailSignIn.approveSignIn.approve(token, number, transport.client(request, {}))
      return reply.code(204).send()
    },
  })
}

const codeSent = z
  .strictObject({
    attempt: z
      .string()
      .describe('Send it with the code in the mail to `/auth/reauthenticate`.')
      .meta({ examples: [oneTimeTokenExample] }),
    expires_in: z
      .int()
      .min(1)
      .max(attemptSeconds)
      .meta({ examples: [attemptSeconds] }),
  })
  .meta({ id: 'CodeSent', description: 'A mail with a code is on its way to the user.' })

/** For signed-in users. */
export function emailReauthenticationRoutes(
  app: App,
  { transport, emailSignIn }: { transport: TokenTransport; emailSignIn: Pick<EmailSignIn, 'requestCode'> },
): void {
  app.route({
    method: 'POST',
    url: '/auth/reauthenticate/email',
    schema: {
      operationId: 'requestReauthenticationCode',
      summary: 'Ask for a code by mail to sign in again',
      description:
        'For users without a second factor. Send the `attempt` and the code to `/auth/reauthenticate`, with `method: "email_code"`.',
      tags: ['Sign in'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 202: codeSent },
      'x-sets-cookies': true,
      'x-errors': [...tokenErrors, ...cookieErrors, 'mail_not_enough', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, {})
      const required = await emailSignIn.requestCode(principalOf(request), client)
      reply.code(202)
      const { attempt, expires_in } = transport.sendRequired(reply, client.mode, required)
      return { attempt, expires_in }
    },
  })
}
