/** Users with passkeys, and requests with them. */
import type { CreationOptions, RequestOptions } from '../../../src/factors/passkeys/options.ts'
import { call, password, type Registered, refresh, register } from '../../setup/client.ts'
import type { Node } from '../../setup/node.ts'
import { type Authenticator, createAuthenticator, type Manner } from './authenticator.ts'

type At = Pick<Node, 'baseUrl'>
export type Failed = { code?: string; errors?: unknown }
export type SignIn = Registered &
  Failed & { status: string; attempt: string; factors: string[]; recovery_codes?: string[] }

export const post = <Body = SignIn>({ baseUrl }: At, path: string, body: unknown, token?: string) =>
  call<Body>(`${baseUrl}${path}`, { method: 'POST', body, ...(token === undefined ? {} : { token }) })

export const creationOptions = async (node: At, token: string) =>
  (await post<CreationOptions>(node, '/auth/factors/passkeys/options', undefined, token)).body
export const requestOptions = async (node: At, attempt?: string) =>
  (await post<RequestOptions>(node, '/auth/login/passkey/options', attempt === undefined ? undefined : { attempt }))
    .body

type Added = Failed & { factor: { id: string; name: string; last_used_at: string | null }; recovery_codes?: string[] }

/** Adds the passkey of the authenticator to the user of the token. */
export async function add(node: At, token: string, authenticator: Authenticator, manner: Manner = {}, name?: string) {
  const credential = authenticator.create(await creationOptions(node, token), manner)
  return post<Added>(node, '/auth/factors/passkeys', { credential, name }, token)
}

/** A user with a passkey, and their tokens after it was added. */
export async function withPasskey(node: At, settings: Parameters<typeof createAuthenticator>[0] = {}) {
  const authenticator = createAuthenticator(settings)
  const before = await register(node.baseUrl)
  const { status, body } = await add(node, before.access_token, authenticator)
  if (status !== 201) throw new Error(`the passkey was not added: ${JSON.stringify(body)}`)
  const user = (await refresh(node.baseUrl, before.refresh_token)).body
  return { authenticator, user, email: user.user.email, factor: body.factor }
}

/** Signs in with the passkey alone. */
export async function signIn(node: At, authenticator: Authenticator, manner: Manner = {}) {
  return post(node, '/auth/login/passkey', { credential: authenticator.get(await requestOptions(node), manner) })
}

/** The attempt of a user who has entered the password. */
export const beginAttempt = async (node: At, email: string) =>
  (await post(node, '/auth/login', { email, password })).body.attempt
