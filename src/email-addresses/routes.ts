/** POST /auth/email/verify, /auth/email/resend and /auth/email/change. */
import { z } from 'zod'
import { newPassword, password } from '../accounts/account.ts'
import { principalOf } from '../guard/principal.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import { bodyErrors, cookieErrors, freshTokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import { redirectTo } from '../mail/redirect-to.ts'
import type { ChangeEmail } from './change-email.ts'
import { email } from './email.ts'
import { checkProof, linkProof, linkProofExample } from './link-proof.ts'
import type { SendVerification } from './send-verification.ts'
import type { VerifyEmail } from './verify-email.ts'

const verification = z
  .strictObject({
    ...linkProof,
    password: password.optional().describe('For a link that opens an account: the password of the registration.'),
    new_password: newPassword.optional().describe('The same, for a user who wants another password.'),
  })
  .superRefine(checkProof)
  .refine((given) => given.password === undefined || given.new_password === undefined, {
    path: ['new_password'],
    error: 'must not be given together with a password',
  })
  .meta({ id: 'EmailVerification', examples: [linkProofExample] })
const request = z.strictObject({ email, redirect_to: redirectTo }).meta({ id: 'EmailRequest' })
const change = z.strictObject({ new_email: email, redirect_to: redirectTo }).meta({ id: 'EmailChange' })

/** For requests without a sign-in: the token of the link, or the code beside it, proves control of the mailbox. */
export function emailRoutes(
  app: App,
  { sendVerification, verifyEmail }: { sendVerification: SendVerification; verifyEmail: VerifyEmail },
) {
  app.route({
    method: 'POST',
    url: '/auth/email/verify',
    schema: {
      operationId: 'verifyEmail',
      summary: 'Verify an address',
      description:
        'Uses a link, once: by its `token`, or by the `code` in the same mail with the `verification_id` from the answer to the request ' +
        'that sent it. The link verifies an address, changes it, or, with `SIGNUP=verified`, opens an account. For ' +
        'the last of these, the user sends the password of their registration, or a new one. The user then logs in.',
      tags: ['Sign up'],
      security: [],
      headers: modeHeader,
      body: verification,
      response: { 204: z.undefined().describe('The address is proven.') },
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_one_time_token',
        'invalid_code',
        'invalid_credentials',
        'email_taken',
        'signup_closed',
        'database_unavailable',
      ],
    },
    handler: async (given, reply) => {
      const { password: own, new_password: next, ...proof } = given.body
      await verifyEmail(proof, { password: own, newPassword: next }, contextOf(given))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/email/resend',
    schema: {
      operationId: 'resendVerification',
      summary: 'Send the verification link again',
      description:
        'The answer is the same for every address. With `SIGNUP=verified` nothing is sent: register again to get another link.',
      tags: ['Sign up'],
      security: [],
      headers: modeHeader,
      body: request,
      response: { 202: accepted },
      'x-errors': [...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (given, reply) => {
      const { email: to, redirect_to: page } = given.body
      const id = await sendVerification.resend({ email: to, redirectTo: page }, contextOf(given))
      return reply.code(202).send(acceptedAnswer(id))
    },
  })
}

/** For signed-in users who reauthenticated recently. */
export function emailChangeRoutes(app: App, { changeEmail }: { changeEmail: ChangeEmail }): void {
  app.route({
    method: 'POST',
    url: '/auth/email/change',
    schema: {
      operationId: 'changeEmail',
      summary: 'Change or add the email address',
      description:
        'Sends a link to the new address. When it is used, the account gets the new address, and a mail to the old address says so. A ' +
        'user without an address gets one in the same way. The answer is the same if another account has the new address.',
      tags: ['Account'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: change,
      response: { 202: accepted },
      'x-errors': [...freshTokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (given, reply) => {
      const { new_email: newEmail, redirect_to: page } = given.body
      const id = await changeEmail(principalOf(given), { newEmail, redirectTo: page }, contextOf(given))
      return reply.code(202).send(acceptedAnswer(id))
    },
  })
}
