/** POST /auth/email/verify, /auth/email/resend and /auth/email/change. */
import { z } from 'zod'
import { principalOf } from '../guard/principal.ts'
import { accepted, acceptedAnswer } from '../http/accepted.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import { bodyErrors, cookieErrors, freshTokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { ChangeEmail } from './change-email.ts'
import { email } from './email.ts'
import type { SendVerification } from './send-verification.ts'
import type { VerifyEmail } from './verify-email.ts'

const verification = z
  .strictObject({ token: z.string().min(1).max(200).describe('What stood behind `#token=` in the link.') })
  .meta({ id: 'EmailVerification' })
const request = z.strictObject({ email }).meta({ id: 'EmailRequest' })
const change = z.strictObject({ new_email: email }).meta({ id: 'EmailChange' })

/** For everybody: whoever has the link has the mailbox. */
export function emailRoutes(
  app: App,
  { sendVerification, verifyEmail }: { sendVerification: SendVerification; verifyEmail: VerifyEmail },
) {
  app.route({
    method: 'POST',
    url: '/auth/email/verify',
    schema: {
      operationId: 'verifyEmail',
      summary: 'Prove an address',
      description:
        'Takes the token of a link, once: of the first proof of an address, of a change to a new one, or, with ' +
        '`SIGNUP=verified`, of a registration. That one opens the account; who opens it then logs in.',
      tags: ['Accounts'],
      security: [],
      headers: modeHeader,
      body: verification,
      response: { 204: z.undefined().describe('The address is proven.') },
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_one_time_token',
        'email_taken',
        'signup_closed',
        'database_unavailable',
      ],
    },
    handler: async (given, reply) => {
      await verifyEmail(given.body.token, contextOf(given))
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/email/resend',
    schema: {
      operationId: 'resendVerification',
      summary: 'Send the link that proves an address again',
      description:
        'Answers alike for every address. With `SIGNUP=verified` nothing is sent: to have the link sent again, register again.',
      tags: ['Accounts'],
      security: [],
      headers: modeHeader,
      body: request,
      response: { 202: accepted },
      'x-errors': [...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (given, reply) => {
      await sendVerification.resend(given.body.email, contextOf(given))
      return reply.code(202).send(acceptedAnswer)
    },
  })
}

/** For those whose login is a fresh one. */
export function emailChangeRoutes(app: App, { changeEmail }: { changeEmail: ChangeEmail }): void {
  app.route({
    method: 'POST',
    url: '/auth/email/change',
    schema: {
      operationId: 'changeEmail',
      summary: 'Change the email address',
      description:
        'Sends a link to the new address; once that is opened, it is the address of the account, and the old one is ' +
        'told. Answers alike where the new address is taken.',
      tags: ['Accounts'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: change,
      response: { 202: accepted },
      'x-errors': [...freshTokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'],
    },
    handler: async (given, reply) => {
      await changeEmail(principalOf(given), given.body.new_email, contextOf(given))
      return reply.code(202).send(acceptedAnswer)
    },
  })
}
