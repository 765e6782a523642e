/** POST /auth/register/passkey/options and /auth/register/passkey. */
import { z } from 'zod'
import { accountName, remember } from '../../accounts/account.ts'
import { email } from '../../email-addresses/email.ts'
import { factorName } from '../../factors/factor.ts'
import { createdCredential } from '../../factors/passkeys/credential.ts'
import { creationOptions } from '../../factors/passkeys/options.ts'
import { accepted, acceptedAnswer } from '../../http/accepted.ts'
import { modeHeader } from '../../http/browser/mode-header.ts'
import type { TokenTransport } from '../../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors } from '../../http/errors/problem.ts'
import type { App } from '../../http/server.ts'
import { redirectTo } from '../../mail/redirect-to.ts'
import { signInAnswer } from '../../signin/answer.ts'
import { withVerification } from '../answer.ts'
import type { RegisterWithPasskey } from './register-with-passkey.ts'

type Dependencies = { transport: TokenTransport; registerWithPasskey: RegisterWithPasskey }

const wish = z.strictObject({ email, name: accountName.optional() }).meta({ id: 'PasskeyRegistrationWish' })
const passkeyRegistration = z
  .strictObject({
    email: email.describe('The same as for the options.'),
    name: accountName.optional(),
    credential: createdCredential,
    passkey_name: factorName.optional().describe('A name by which the user recognises the passkey.'),
    remember,
    redirect_to: redirectTo,
  })
  .meta({ id: 'PasskeyRegistration' })

/** For requests without a sign-in. */
export function passkeyRegistrationRoutes(app: App, { transport, registerWithPasskey }: Dependencies): void {
  const shared = { tags: ['Sign up'], security: [], headers: modeHeader }
  const errors = [...bodyErrors, ...cookieErrors, 'signup_closed', 'database_unavailable'] as const

  app.route({
    method: 'POST',
    url: '/auth/register/passkey/options',
    schema: {
      operationId: 'registerPasskeyOptions',
      summary: 'Get options for the passkey of a new account',
      description:
        'The answer does not tell whether the email has an account. Give it to `PublicKeyCredential.parseCreationOptionsFromJSON` and ' +
        '`navigator.credentials.create`, and send the result to `/auth/register/passkey`.',
      ...shared,
      body: wish,
      response: { 200: creationOptions },
      'x-errors': errors,
    },
    handler: (request) => registerWithPasskey.options(request.body),
  })

  app.route({
    method: 'POST',
    url: '/auth/register/passkey',
    schema: {
      operationId: 'registerWithPasskey',
      summary: 'Open an account with a passkey, and log in',
      description:
        'The account has no password. With `SIGNUP=verified` the answer is 202 for every address, and there is no account yet: send the code ' +
        'from the mail with the `verification_id` to `/auth/email/verify`, and log in with the passkey. With `SIGNUP=closed` no account can ' +
        'be opened.',
      ...shared,
      body: passkeyRegistration,
      response: { 201: signInAnswer, 202: accepted },
      'x-sets-cookies': true,
      'x-errors': [
        ...errors,
        'invalid_passkey',
        'invalid_challenge',
        'passkey_origin_refused',
        'passkey_exists',
        'invalid_refresh_token',
        'email_taken',
        'not_ready',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, { remember: request.body.remember })
      const { result, verificationId, recoveryCodes } = await registerWithPasskey.register(request.body, client)
      if (!result) return reply.code(202).send(acceptedAnswer(verificationId))
      const answer = withVerification(result, verificationId, recoveryCodes)
      return transport.sendSignIn(reply.code(201), client.mode, answer)
    },
  })
}
