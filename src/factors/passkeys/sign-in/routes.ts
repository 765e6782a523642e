/** POST /auth/login/passkey/options, /auth/login/passkey and /auth/reauthenticate/passkey/options. */
import { z } from 'zod'
import { deviceToken, remember, trustDevice } from '../../../accounts/account.ts'
import { principalOf } from '../../../guard/principal.ts'
import { modeHeader } from '../../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../../../http/errors/problem.ts'
import type { App } from '../../../http/server.ts'
import { attempt, signInAnswer } from '../../../signin/answer.ts'
import { usedCredential } from '../credential.ts'
import { passkeyErrors } from '../errors.ts'
import { requestOptions } from '../options.ts'
import type { UsePasskey } from '../use-passkey.ts'

type Dependencies = { transport: TokenTransport; usePasskey: UsePasskey }

const optionsWish = z
  .strictObject({ attempt: attempt.optional() })
  .nullable()
  .meta({ id: 'PasskeyOptionsWish', description: 'Null is the same as no body.' })
  .optional()

const passkeySignIn = z
  .strictObject({
    credential: usedCredential,
    attempt: attempt.optional(),
    remember,
    trust_device: trustDevice,
    device_token: deviceToken,
  })
  .meta({ id: 'PasskeySignIn' })

/** For requests without a sign-in. */
export function passkeySignInRoutes(app: App, { transport, usePasskey }: Dependencies): void {
  const shared = { tags: ['Sign in'], security: [], headers: modeHeader }
  const errors = [...bodyErrors, ...cookieErrors, 'attempt_ended', 'database_unavailable'] as const

  app.route({
    method: 'POST',
    url: '/auth/login/passkey/options',
    schema: {
      operationId: 'passkeySignInOptions',
      summary: 'Get options to log in with a passkey',
      description:
        'Give the answer to `PublicKeyCredential.parseRequestOptionsFromJSON` and `navigator.credentials.get`, and send the result to ' +
        '`/auth/login/passkey`. Without an attempt the user chooses a passkey, and the answer is the same for everybody: it suits a ' +
        'button and the autofill of browsers. With an attempt it names the passkeys of the user.',
      ...shared,
      body: optionsWish,
      response: { 200: requestOptions },
      'x-errors': [...errors, 'not_found'],
    },
    handler: (request) => usePasskey.signInOptions(request.body?.attempt, transport.client(request, {})),
  })

  app.route({
    method: 'POST',
    url: '/auth/login/passkey',
    schema: {
      operationId: 'signInWithPasskey',
      summary: 'Log in with a passkey',
      description:
        'Without an attempt, the passkey alone signs the user in: it is something that the user has, and it verified the user. With an attempt, ' +
        'it is the second factor. No answer tells whether an email has an account.',
      ...shared,
      body: passkeySignIn,
      response: { 200: signInAnswer },
      'x-sets-cookies': true,
      'x-errors': [...errors, ...passkeyErrors, 'invalid_credentials', 'invalid_refresh_token', 'not_ready'],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, request.body)
      const { credential, attempt: token } = request.body
      return transport.sendSignIn(reply, client.mode, await usePasskey.signIn(credential, token, client))
    },
  })
}

/** For signed-in users. */
export function passkeyReauthenticationRoutes(app: App, { usePasskey }: Pick<Dependencies, 'usePasskey'>): void {
  app.route({
    method: 'POST',
    url: '/auth/reauthenticate/passkey/options',
    schema: {
      operationId: 'passkeyReauthenticationOptions',
      summary: 'Get options to sign in again with a passkey',
      description: 'Send the result of `navigator.credentials.get` to `/auth/reauthenticate`, as `credential`.',
      tags: ['Sign in'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      response: { 200: requestOptions },
      'x-errors': [...tokenErrors, ...cookieErrors, 'not_found', 'database_unavailable'],
    },
    handler: (request) => usePasskey.reauthenticationOptions(principalOf(request)),
  })
}
