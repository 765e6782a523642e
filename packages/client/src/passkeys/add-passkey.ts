/** Adds a passkey to an account, or opens an account with one. */
import type { AddedFactor, CreatedPasskey, PasskeyCreationOptions } from '../api/types.ts'
import type { Client, RegisterResult, SignInResult } from '../contract.ts'

type Options = {
  /** By which the user recognises it. Default: that of the authenticator or of the browser. */
  name?: string
  signal?: AbortSignal
}

async function create(options: PasskeyCreationOptions, signal: AbortSignal | undefined): Promise<CreatedPasskey> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const credential = await navigator.credentials.create({ publicKey, ...(signal && { signal }) })
  return (credential as PublicKeyCredential).toJSON() as CreatedPasskey
}

/**
 * Adds a passkey to the signed-in user. The first factor comes with recovery codes, which are shown once. Rejects with ApiError, for example
 * `reauthentication_required`. Rejects with a DOMException if the user cancels (`NotAllowedError`), has a passkey of this account on the device
 * already (`InvalidStateError`), or the signal stops it (`AbortError`).
 */
export async function addPasskey(client: Pick<Client, 'api'>, { name, signal }: Options = {}): Promise<AddedFactor> {
  const credential = await create(await client.api.createPasskeyOptions(), signal)
  return client.api.addPasskey({ credential, ...(name !== undefined && { name }) })
}

/** Adds a passkey during a sign-in, if its answer asked for an `enrolment`, and signs in with it. Rejects as `addPasskey` does. */
export async function enrolPasskey(
  client: Pick<Client, 'api'>,
  { attempt, name, signal }: Options & { attempt: string },
): Promise<SignInResult> {
  const credential = await create(await client.api.enrolPasskeyOptions({ attempt }), signal)
  return client.api.enrolPasskey({ attempt, credential, ...(name !== undefined && { name }) })
}

type Account = {
  email: string
  /** Of the user. */
  name?: string
  /** Of the passkey. */
  passkeyName?: string
  remember?: boolean
  redirectTo?: string
  signal?: AbortSignal
}

/** Opens an account that has a passkey and no password. Answers as `register` does, and rejects as `addPasskey` does. */
export async function registerWithPasskey(client: Pick<Client, 'api'>, account: Account): Promise<RegisterResult> {
  const { email, name, passkeyName, remember, redirectTo, signal } = account
  const user = { email, ...(name !== undefined && { name }) }
  const credential = await create(await client.api.registerPasskeyOptions(user), signal)
  const answer = await client.api.registerWithPasskey({
    ...user,
    credential,
    ...(passkeyName !== undefined && { passkey_name: passkeyName }),
    ...(remember !== undefined && { remember }),
    ...(redirectTo !== undefined && { redirect_to: redirectTo }),
  })
  return answer.status === 'accepted' ? { status: 'accepted', verificationId: answer.verification_id } : answer
}
