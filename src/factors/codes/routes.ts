/** POST /auth/login/factor. */
import { z } from 'zod'
import { deviceToken, trustDevice } from '../../accounts/account.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import { attempt, signInAnswer } from '../../signin/answer.ts'
import { checkCode, code, method } from '../../signin/code.ts'
import type { LoginFactor } from './login-factor.ts'

const step = z
  .strictObject({ attempt, method, code, trust_device: trustDevice, device_token: deviceToken })
  .superRefine(checkCode)
  .meta({ id: 'FactorStep' })

type Dependencies = { transport: TokenTransport; loginFactor: LoginFactor }

/** For requests without a sign-in. */
export function codeRoutes(app: App, { transport, loginFactor }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/login/factor',
    schema: {
      operationId: 'signInWithFactor',
      summary: 'Go on with a sign-in by a code',
      description:
        'For an answer with `status: "factor_required"` whose `factors` has the method. Five wrong codes end the attempt. A code works once.',
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
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, request.body)
      return transport.sendSignIn(reply, client.mode, await loginFactor(request.body, client))
    },
  })
}
