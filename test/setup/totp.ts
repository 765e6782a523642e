/** An authenticator app of a user: it has the secret, and makes the codes. */
import { fromBase32 } from '../../src/factors/totp/base32.ts'
import { codeOf, stepAt } from '../../src/factors/totp/one-time-password.ts'
import { call, password, type Registered, refresh, register } from './client.ts'
import type { Node } from './node.ts'

type Begun = { id: string; secret: string; uri: string; qr_svg: string }
type Added = { factor: { id: string; kind: string; name: string }; recovery_codes?: string[] }
type At = Pick<Node, 'baseUrl' | 'database'>

export type AuthenticatorApp = {
  readonly id: string
  readonly recoveryCodes: readonly string[]
  /** The code of the present step. It was used if another one was used within the step: see `forgetSteps`. */
  readonly code: () => string
}

/** The code of a secret in base32, in the present step or so many steps later. A code of the step before is still accepted. */
export const codeFrom = (secret: string, later = 0): string => codeOf(fromBase32(secret), stepAt(Date.now()) + later)

/** A code of six digits that none of the present steps has. */
export function wrongCode(secret: string): string {
  const right = new Set([-2, -1, 0, 1, 2].map((later) => codeFrom(secret, later)))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.has(code)) ?? ''
}

/** Adds an authenticator app for a user who has just signed in. The access token is revoked by that. */
export async function addApp({ baseUrl }: Pick<Node, 'baseUrl'>, token: string): Promise<AuthenticatorApp & Begun> {
  const { body } = await call<Begun>(`${baseUrl}/auth/factors/totp`, { method: 'POST', token })
  const confirmation = { id: body.id, code: codeFrom(body.secret) }
  const { status, body: added } = await call<Added>(`${baseUrl}/auth/factors/totp/confirm`, {
    token,
    body: confirmation,
  })
  if (status !== 200) throw new Error(`the app was not confirmed: ${JSON.stringify(added)}`)
  return { ...body, recoveryCodes: added.recovery_codes ?? [], code: () => codeFrom(body.secret) }
}

/** Registers a user with an authenticator app. The tokens are those of the session from then on. */
export async function registerWithApp(
  node: At,
  email?: string,
): Promise<Registered & { app: AuthenticatorApp & Begun }> {
  const pair = await register(node.baseUrl, email)
  const app = await addApp(node, pair.access_token)
  await forgetSteps(node, pair.user.id)
  const { body } = await refresh(node.baseUrl, pair.refresh_token)
  return { ...body, app }
}

/** Lets the codes of this moment be used again, as if time had passed. */
export async function forgetSteps({ database }: At, userId: string): Promise<void> {
  await database.pool.query('UPDATE factors SET last_step = NULL WHERE user_id = $1', [userId])
}

/** Logs in with the password, and returns the attempt that waits for a factor. */
export async function beginLogin({ baseUrl }: Pick<Node, 'baseUrl'>, email: string): Promise<string> {
  const { body } = await call<{ attempt: string }>(`${baseUrl}/auth/login`, { body: { email, password } })
  return body.attempt
}
