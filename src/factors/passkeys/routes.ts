/** POST /auth/factors/passkeys/options and /auth/factors/passkeys; the same below /auth/login/enrolment. */
import { z } from 'zod'
import { principalOf } from '../../guard/principal.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, freshTokenErrors } from '../../http/errors/problem.ts'
import { contextOf } from '../../http/request-context.ts'
import type { App } from '../../http/server.ts'
import type { SigninResult } from '../../signin/advance.ts'
import { attempt, signInAnswer } from '../../signin/answer.ts'
import { joinMethods } from '../../signin/methods.ts'
import type { Principal } from '../../tokens/principal.ts'
import { addedFactor, factorName } from '../factor.ts'
import type { AddPasskey } from './add-passkey.ts'
import { createdCredential } from './credential.ts'
import type { EnrolPasskey } from './enrol-passkey.ts'
import { addingErrors } from './errors.ts'
import { creationOptions } from './options.ts'
import { methodOf, type NewPasskey } from './passkey.ts'

const name = factorName
  .optional()
  .describe(
    'A name by which the user recognises the passkey. Without it, it is that of the authenticator or the browser.',
  )

const newPasskey = z.strictObject({ credential: createdCredential, name }).meta({ id: 'NewPasskey' })
const enrolment = z.strictObject({ attempt }).meta({ id: 'PasskeyEnrolment' })
const enrolledPasskey = z.strictObject({ attempt, credential: createdCredential, name }).meta({ id: 'EnrolledPasskey' })

const useIn = ({ sessionId }: Principal) => ({ purpose: 'add', binding: sessionId }) as const

/** For signed-in users with a recent sign-in. */
export function passkeyRoutes(app: App, { addPasskey }: { addPasskey: AddPasskey }): void {
  const shared = { tags: ['Factors'], security: [{ accessToken: [] }, { accessCookie: [] }] }

  app.route({
    method: 'POST',
    url: '/auth/factors/passkeys/options',
    schema: {
      operationId: 'createPasskeyOptions',
      summary: 'Get options for a new passkey',
      description:
        'The first step to add a passkey. Give the answer to `PublicKeyCredential.parseCreationOptionsFromJSON` and ' +
        '`navigator.credentials.create`, and send the result to `/auth/factors/passkeys`.',
      ...shared,
      response: { 200: creationOptions },
      'x-errors': [...freshTokenErrors, ...cookieErrors, 'too_many_passkeys', 'database_unavailable'],
    },
    handler: (request) => {
      const principal = principalOf(request)
      return addPasskey.options(principal.userId, useIn(principal))
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/factors/passkeys',
    schema: {
      operationId: 'addPasskey',
      summary: 'Add a passkey',
      description:
        'The user gets a mail. With the first factor come recovery codes, shown once. Access tokens of the user from before are revoked, ' +
        'so refresh the tokens.',
      ...shared,
      body: newPasskey,
      response: { 201: addedFactor },
      'x-errors': [...freshTokenErrors, ...bodyErrors, ...cookieErrors, ...addingErrors, 'database_unavailable'],
    },
    handler: async (request, reply) => {
      const principal = principalOf(request)
      const { sessionId, userId, amr } = principal
      const by = (passkey: NewPasskey) => ({ userId, sessionId, amr: joinMethods(amr, [methodOf(passkey)]) })
      const { credential, name: chosen } = request.body
      const wish = { credential, name: chosen, use: useIn(principal), by, context: contextOf(request) }
      const { added } = await addPasskey.add(userId, wish)
      reply.code(201).header('cache-control', 'no-store')
      return added
    },
  })
}

type EnrolmentDependencies = { transport: TokenTransport; enrolPasskey: EnrolPasskey }

/** For sign-ins whose user must add a factor. */
export function passkeyEnrolmentRoutes(app: App, { transport, enrolPasskey }: EnrolmentDependencies): void {
  const shared = { tags: ['Sign in'], security: [], headers: modeHeader }
  const errors = [...bodyErrors, ...cookieErrors, 'attempt_ended', 'database_unavailable'] as const

  app.route({
    method: 'POST',
    url: '/auth/login/enrolment/passkeys/options',
    schema: {
      operationId: 'enrolPasskeyOptions',
      summary: 'Get options for a passkey that a sign-in needs',
      description: 'For an attempt whose `enrolment` has `passkey`. As `/auth/factors/passkeys/options`.',
      ...shared,
      body: enrolment,
      response: { 200: creationOptions },
      'x-errors': [...errors, 'too_many_passkeys'],
    },
    handler: (request) => enrolPasskey.options(request.body.attempt, transport.client(request, {})),
  })

  app.route({
    method: 'POST',
    url: '/auth/login/enrolment/passkeys',
    schema: {
      operationId: 'enrolPasskey',
      summary: 'Add a passkey that a sign-in needs, and log in',
      description: 'As `/auth/factors/passkeys`. The answer has the new session, and the recovery codes of the user.',
      ...shared,
      body: enrolledPasskey,
      response: { 200: signInAnswer },
      'x-sets-cookies': true,
      'x-errors': [...errors, ...addingErrors, 'invalid_refresh_token', 'not_ready'],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, {})
      const { attempt: token, credential, name: chosen } = request.body
      const { result, recoveryCodes } = await enrolPasskey.enrol(token, { credential, name: chosen }, client)
      return transport.sendSignIn(reply, client.mode, withCodes(result, recoveryCodes))
    },
  })
}

/** The same result, with the recovery codes in its answer. */
const withCodes = (result: SigninResult, codes: readonly string[] | undefined): SigninResult =>
  result.status === 'signed_in' && codes ? { ...result, pair: { ...result.pair, recovery_codes: [...codes] } } : result
