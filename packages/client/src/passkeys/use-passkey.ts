/** Signs in with a passkey. */
import type { PasskeyRequestOptions, UsedPasskey } from '../api/types.ts'
import type { Client, SignInResult } from '../contract.ts'
import { ApiError } from '../errors.ts'

type Options = {
  /** Of a sign-in that goes on: the passkey is its second factor. */
  attempt?: string
  /**
   * Offers the passkeys in the autofill of a field with `autocomplete="username webauthn"`. The promise waits until the user chooses one, so
   * give it a signal that stops it when the user signs in otherwise.
   */
  conditional?: boolean
  signal?: AbortSignal
  /** False on a device that others use. */
  remember?: boolean
  /** With an attempt: this device skips the second factor for a while, if the server allows it. */
  trustDevice?: boolean
}

async function use(options: PasskeyRequestOptions, more: CredentialRequestOptions) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = (await navigator.credentials.get({ ...more, publicKey })) as PublicKeyCredential
  return { credential: credential.toJSON() as UsedPasskey, rpId: options.rpId }
}

/** Sends the credential. The browser stops offering a passkey that the server does not know, where it can. */
async function send<T>(request: Promise<T>, rpId: string, { id: credentialId }: UsedPasskey): Promise<T> {
  try {
    return await request
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unknown_passkey') {
      await PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId }).catch(() => {})
    }
    throw error
  }
}

/**
 * Signs in with a passkey that the user chooses, or goes on with an attempt. Rejects as `signIn` does, with `unknown_passkey` or
 * `invalid_factor` for example. Rejects with a DOMException if the user cancels (`NotAllowedError`) or the signal stops it (`AbortError`).
 */
export async function signInWithPasskey(client: Pick<Client, 'api'>, options: Options = {}): Promise<SignInResult> {
  const { attempt, conditional = false, signal, remember, trustDevice } = options
  const wish = { ...(attempt !== undefined && { attempt }) }
  const request = await client.api.passkeySignInOptions(wish)
  const more = { ...(conditional && { mediation: 'conditional' as const }), ...(signal && { signal }) }
  const { credential, rpId } = await use(request, more)
  const body = {
    ...wish,
    credential,
    ...(remember !== undefined && { remember }),
    ...(trustDevice !== undefined && { trust_device: trustDevice }),
  }
  return send(client.api.signInWithPasskey(body), rpId, credential)
}

/** Signs the user in again with a passkey, for requests that ask for a recent sign-in or for two factors. Rejects as `signInWithPasskey` does. */
export async function reauthenticateWithPasskey(
  client: Pick<Client, 'api'>,
  { signal }: Pick<Options, 'signal'> = {},
): Promise<SignInResult> {
  const request = await client.api.passkeyReauthenticationOptions()
  const { credential, rpId } = await use(request, { ...(signal && { signal }) })
  return send(client.api.reauthenticate({ credential }), rpId, credential)
}
