/** POST /auth/login/factor. */
import { z } from 'zod'
import { deviceToken, trustDevice } from '../../accounts/account.ts'
import { oneTimeToken } from '../../email-addresses/link-proof.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { rule } from '../../http/errors/field-error.ts'
import { bodyErrors, cookieErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import type { SigninResult } from '../../signin/advance.ts'
import { attempt, signInAnswer } from '../../signin/answer.ts'
import type { Client } from '../../signin/attempt.ts'
import { checkCode, code, stepMethod } from '../../signin/code.ts'
import { oneTimeTokenExample } from '../../tokens/one-time-token.ts'
import type { EmailSignIn } from '../email-codes/create-email-sign-in.ts'
import type { LoginFactor } from './login-factor.ts'

const members = z.strictObject({
  attempt,
  method: stepMethod,
  code: code.optional().describe('For every method but `email_link`.'),
  token: oneTimeToken
    .optional()
    .describe('For `email_link`, if the link was opened in this browser or app: what stood behind `#token=`.'),
  trust_device: trustDevice,
  device_token: deviceToken,
})
type Step = z.infer<typeof members>

/** A link needs no token if the user approves the sign-in elsewhere. Everything else is proven by a code. */
function checkStep(given: Step, ctx: z.core.$RefinementCtx): void {
  const fault = (member: keyof Step, message: string) => ctx.addIssue({ code: 'custom', path: [member], message })
  const [used, unused] = given.method === 'email_link' ? (['token', 'code'] as const) : (['code', 'token'] as const)
  if (given[unused] !== undefined) fault(unused, rule('not_with_other_proof'))
  if (used === 'code' && given.code === undefined) fault('code', rule('required'))
  if (used === 'code') checkCode(given, ctx)
}

const step = members.superRefine(checkStep).meta({
  id: 'FactorStep',
  examples: [{ attempt: oneTimeTokenExample, method: 'totp', code: '287082' }],
})

type Dependencies = {
  transport: TokenTransport
  loginFactor: LoginFactor
  emailSignIn: Pick<EmailSignIn, 'loginByMail'>
}

/** For requests without a sign-in. */
export function codeRoutes(app: App, { transport, loginFactor, emailSignIn }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/login/factor',
    schema: {
      operationId: 'signInWithFactor',
      summary: 'Go on with a sign-in by a code or a mail',
      description:
        'For an answer with `status: "factor_required"` whose `factors` has the method. Five wrong codes end the attempt. A code works once. ' +
        'With `email_link` and no token, the answer is `approval_pending` until the user has approved the sign-in where they opened the link.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: step,
      response: { 200: signInAnswer },
      'x-sets-cookies': true,
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_factor',
        'attempt_ended',
        'approval_pending',
        'account_disabled',
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, request.body)
      return transport.sendSignIn(reply, client.mode, await goOn(request.body, client))
    },
  })

  function goOn({ attempt: begun, method, code: given = '', token }: Step, client: Client): Promise<SigninResult> {
    if (method === 'email_link') return emailSignIn.loginByMail({ attempt: begun, method, token }, client)
    if (method === 'email_code') return emailSignIn.loginByMail({ attempt: begun, method, code: given }, client)
    return loginFactor({ attempt: begun, method, code: given }, client)
  }
}
