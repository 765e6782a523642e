/** POST /auth/factors/totp and /auth/factors/totp/confirm, and the same below /auth/login/enrolment. */
import { z } from 'zod'
import { deviceToken, trustDevice } from '../../accounts/account.ts'
import { principalOf } from '../../guard/principal.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, freshTokenErrors } from '../../http/errors/problem.ts'
import { contextOf } from '../../http/request-context.ts'
import type { App } from '../../http/server.ts'
import { signedIn } from '../../sessions/token-pair.ts'
import { attempt } from '../../signin/answer.ts'
import { addedFactor } from '../factor.ts'
import { appCode, totpBegun, totpConfirmation } from './totp.ts'
import type { TotpAtSignin } from './totp-at-signin.ts'
import type { TotpInSession } from './totp-in-session.ts'

const security = [{ accessToken: [] }, { accessCookie: [] }]

/** For signed-in users who reauthenticated recently. */
export function totpRoutes(app: App, { totpInSession }: { totpInSession: TotpInSession }): void {
  app.route({
    method: 'POST',
    url: '/auth/factors/totp',
    schema: {
      operationId: 'beginTotp',
      summary: 'Begin to add an authenticator app',
      description:
        'The answer has a new secret, as a QR code and as text. Show it to the user, and confirm it with a code of the app. An app that was ' +
        'not confirmed before is forgotten.',
      tags: ['Factors'],
      security,
      response: { 200: totpBegun },
      'x-errors': [...freshTokenErrors, ...cookieErrors, 'too_many_apps', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return totpInSession.begin(principalOf(request))
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/factors/totp/confirm',
    schema: {
      operationId: 'confirmTotp',
      summary: 'Confirm an authenticator app with its first code',
      description:
        'From now on, the user is asked for a code at the sign-in. The access tokens of the user from before stop working: refresh. The ' +
        'first factor comes with recovery codes.',
      tags: ['Factors'],
      security,
      body: totpConfirmation,
      response: { 200: addedFactor },
      'x-errors': [
        ...freshTokenErrors,
        ...bodyErrors,
        ...cookieErrors,
        'invalid_code',
        'not_found',
        'too_many_apps',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return totpInSession.confirm(principalOf(request), request.body, contextOf(request))
    },
  })
}

const begin = z.strictObject({ attempt }).meta({ id: 'TotpEnrolment' })
const confirmation = z
  .strictObject({ attempt, code: appCode, trust_device: trustDevice, device_token: deviceToken })
  .meta({ id: 'TotpEnrolmentConfirmation' })

type AtSigninDependencies = { transport: TokenTransport; totpAtSignin: TotpAtSignin }

/** For requests without a sign-in. */
export function totpEnrolmentRoutes(app: App, { transport, totpAtSignin }: AtSigninDependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/login/enrolment/totp',
    schema: {
      operationId: 'enrolTotp',
      summary: 'Begin to add an authenticator app during the sign-in',
      description: 'For an answer with `status: "factor_required"` whose `enrolment` has `totp`.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: begin,
      response: { 200: totpBegun },
      'x-errors': [...bodyErrors, ...cookieErrors, 'attempt_ended', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      return totpAtSignin.begin(request.body.attempt, transport.client(request, {}))
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/login/enrolment/totp/confirm',
    schema: {
      operationId: 'confirmEnrolledTotp',
      summary: 'Confirm the authenticator app, and sign in',
      description: 'The answer has the recovery codes too. It is the only one that has them.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: confirmation,
      response: { 200: signedIn },
      'x-sets-cookies': true,
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_code',
        'attempt_ended',
        'not_found',
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, request.body)
      const pair = await totpAtSignin.confirm(request.body, client)
      return transport.send(reply, client.mode, pair)
    },
  })
}
