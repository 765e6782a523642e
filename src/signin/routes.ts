/** POST /auth/login and /auth/reauthenticate. */
import { credentials } from '../accounts/account.ts'
import type { UsedCredential } from '../factors/passkeys/credential.ts'
import { passkeyErrors } from '../factors/passkeys/errors.ts'
import { principalOf } from '../guard/principal.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import type { App } from '../http/server.ts'
import { signInAnswer } from './answer.ts'
import type { Client, Proof } from './attempt.ts'
import type { Login } from './login.ts'
import type { ProveCode } from './prove-code.ts'
import type { InSession, ProvePassword } from './prove-password.ts'
import type { Reauthenticate } from './reauthenticate.ts'
import { type Reauthentication, reauthentication } from './reauthentication.ts'

/** For requests without a sign-in. */
export function loginRoutes(app: App, { transport, login }: { transport: TokenTransport; login: Login }): void {
  app.route({
    method: 'POST',
    url: '/auth/login',
    schema: {
      operationId: 'login',
      summary: 'Log in',
      description:
        'Starts a session. An unknown email and a wrong password get the same answer. With `SIGNUP=verified`, so does a registration ' +
        'whose link was not opened.',
      tags: ['Sign in'],
      security: [],
      headers: modeHeader,
      body: credentials,
      response: { 200: signInAnswer },
      'x-sets-cookies': true,
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'invalid_credentials',
        'invalid_refresh_token',
        'account_disabled',
        'email_not_verified',
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const client = transport.client(request, request.body)
      return transport.sendSignIn(reply, client.mode, await login(request.body, client))
    },
  })
}

type ReauthenticationDependencies = {
  transport: TokenTransport
  reauthenticate: Reauthenticate
  provePassword: ProvePassword
  proveCode: ProveCode
  proveMailedCode: ProveMailedCode
  provePasskey: ProvePasskey
}

type ProveAccount = Parameters<Reauthenticate>[2]

/** The proof by the code of a mail within a session. */
type ProveMailedCode = (given: { attempt: string; code: string }, sessionId: string, client: Client) => Promise<Proof>

/** The proof by a passkey within a session. */
type ProvePasskey = (
  account: Parameters<ProveAccount>[0],
  credential: UsedCredential,
  where: InSession,
) => Promise<Proof>

/** For signed-in users. */
export function reauthenticationRoutes(
  app: App,
  { transport, reauthenticate, provePassword, proveCode, proveMailedCode, provePasskey }: ReauthenticationDependencies,
): void {
  app.route({
    method: 'POST',
    url: '/auth/reauthenticate',
    schema: {
      operationId: 'reauthenticate',
      summary: 'Sign in again',
      description:
        'For routes that answer `reauthentication_required`. Takes the password, a code or a passkey. A user with a factor needs more than ' +
        'the password: the answer then says what is owed. The new access token has an `auth_time` of now. The refresh token is new ' +
        'too, and the refresh tokens of the session from before stop working. If the answer was lost, send the request again.',
      tags: ['Sign in'],
      security: [{ accessToken: [] }, { accessCookie: [] }],
      body: reauthentication,
      response: { 200: signInAnswer },
      'x-sets-cookies': true,
      'x-errors': [
        ...tokenErrors,
        ...bodyErrors,
        ...cookieErrors,
        'invalid_credentials',
        'attempt_ended',
        ...passkeyErrors,
        'database_unavailable',
      ],
    },
    handler: async (request, reply) => {
      const principal = principalOf(request)
      const client = transport.client(request, {})
      const where = { sessionId: principal.sessionId, context: client.context }
      const prove = proverOf(request.body, where, client)
      const result = await reauthenticate(principal, client, prove)
      return transport.sendSignIn(reply, client.mode, result)
    },
  })

  function proverOf(
    { password, method, code, attempt, credential }: Reauthentication,
    where: InSession,
    client: Client,
  ): ProveAccount {
    if (credential) return (account) => provePasskey(account, credential, where)
    if (method === 'email_code' && code !== undefined && attempt !== undefined) {
      return () => proveMailedCode({ attempt, code }, where.sessionId, client)
    }
    if (method !== undefined && method !== 'email_code' && code !== undefined)
      return (account) => proveCode(account, { method, code }, where)
    // The schema lets no body pass that has no proof.
    return (account) => provePassword(account, password ?? '', where)
  }
}
