/**
 * Makes the options of WebAuthn and verifies its credentials. The library takes a tenth of a second and 26 MiB, so it is loaded at the first
 * use of a passkey. It throws plain errors with the challenge in their text, so they end here.
 */
import { AppError, type ErrorCode } from '../../errors.ts'
import type { Challenge, Challenges, ChallengeUse } from './challenge.ts'
import { challengeSeconds } from './challenge.ts'
import { type ClientData, readClientData } from './client-data.ts'
import type { CreatedCredential, UsedCredential } from './credential.ts'
import type { CreationOptions, RequestOptions } from './options.ts'
import type { NewPasskey, Passkey } from './passkey.ts'
import type { RelyingParty } from './relying-party.ts'

type Dependencies = { relyingParty: RelyingParty; challenges: Challenges }

type Known = Pick<Passkey, 'credentialId' | 'transports'>
type CreationWish = {
  readonly use: ChallengeUse
  /** `id` in base64url; if it is not given, it is the nonce of the challenge. */
  readonly user: { readonly id?: string; readonly name: string; readonly displayName: string }
  readonly exclude: readonly Known[]
  readonly residentKey: 'required' | 'preferred'
  readonly userVerification: 'required' | 'preferred'
}
type RequestWish = {
  readonly use: ChallengeUse
  /** Undefined if the user chooses among all passkeys of this server. */
  readonly allow: readonly Known[] | undefined
  readonly userVerification: 'required' | 'preferred' | 'discouraged'
}

export type Created = { readonly challenge: Challenge; readonly passkey: NewPasskey; readonly userVerified: boolean }
export type Used = { readonly challenge: Challenge; readonly counter: number; readonly userVerified: boolean }

export type Webauthn = {
  readonly creationOptions: (wish: CreationWish) => Promise<CreationOptions>
  readonly requestOptions: (wish: RequestWish) => Promise<RequestOptions>
  /** The challenge of a credential, if it is one of this use. Ends as the two below. */
  readonly challengeOf: (credential: CreatedCredential | UsedCredential, use: ChallengeUse) => Challenge
  /**
   * The new passkey. Ends in `invalid_challenge`, `passkey_origin_refused` or `invalid_passkey`. Attestation is not asked for and tells
   * nothing here.
   */
  readonly verifyCreated: (
    credential: CreatedCredential,
    rule: { readonly use: ChallengeUse; readonly userVerification: 'required' | 'preferred' },
  ) => Promise<Created>
  /**
   * The proof by a known passkey. Ends in `invalid_challenge`, `passkey_origin_refused` or `invalid_factor`. It does not judge the counter.
   */
  readonly verifyUsed: (
    credential: UsedCredential,
    passkey: Passkey,
    rule: { readonly use: ChallengeUse; readonly userVerification: 'required' | 'preferred' },
  ) => Promise<Used>
}

/** ES256 and RS256, which every authenticator can do. On newer versions of Node, the library would offer ML-DSA first. */
const algorithms = [-7, -257]
const timeout = challengeSeconds * 1000

const library = () => import('@simplewebauthn/server')

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
const descriptorOf = ({ credentialId, transports }: Known) => ({
  type: 'public-key' as const,
  id: base64url(credentialId),
  ...(transports.length > 0 ? { transports: [...transports] } : {}),
})

export function createWebauthn({ relyingParty, challenges }: Dependencies): Webauthn {
  const { id: rpID, name: rpName, idHash } = relyingParty

  /** The client data and its challenge, after all that can be judged without a key. */
  function readChallenge(clientDataJson: string, type: string, use: ChallengeUse, invalid: ErrorCode) {
    const data = readClientData(clientDataJson)
    if (data?.type !== type) throw new AppError(invalid)
    const challenge = challenges.read(data.challenge, use)
    if (!challenge) throw new AppError('invalid_challenge')
    if (data.inForeignFrame || !relyingParty.allows(data.origin)) throw new AppError('passkey_origin_refused')
    return { data, challenge }
  }

  const expected = ({ challenge, origin }: ClientData) => ({
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpID,
  })

  return {
    async creationOptions({ use, user, exclude, residentKey, userVerification }) {
      const { generateRegistrationOptions } = await library()
      const { text, nonce } = challenges.create(use)
      const options = await generateRegistrationOptions({
        rpName,
        rpID,
        userName: user.name,
        userDisplayName: user.displayName,
        userID: Uint8Array.from(user.id === undefined ? nonce : Buffer.from(user.id, 'base64url')),
        challenge: Uint8Array.from(Buffer.from(text, 'base64url')),
        timeout,
        attestationType: 'none',
        authenticatorSelection: { residentKey, userVerification },
        supportedAlgorithmIDs: algorithms,
      })
      // The library types transports by a list of today. A browser may know others.
      return { ...options, excludeCredentials: exclude.map(descriptorOf) } as CreationOptions
    },

    async requestOptions({ use, allow, userVerification }) {
      return {
        rpId: rpID,
        challenge: challenges.create(use).text,
        timeout,
        userVerification,
        ...(allow ? { allowCredentials: allow.map(descriptorOf) } : {}),
      }
    },

    challengeOf({ response }, use) {
      const created = 'attestationObject' in response
      const [type, invalid] = created
        ? (['webauthn.create', 'invalid_passkey'] as const)
        : (['webauthn.get', 'invalid_factor'] as const)
      return readChallenge(response.clientDataJSON, type, use, invalid).challenge
    },

    async verifyCreated(credential, { use, userVerification }) {
      const { data, challenge } = readChallenge(
        credential.response.clientDataJSON,
        'webauthn.create',
        use,
        'invalid_passkey',
      )
      const { verifyRegistrationResponse } = await library()
      const result = await verifyRegistrationResponse({
        response: { ...credential, clientExtensionResults: {} } as never,
        ...expected(data),
        requireUserVerification: userVerification === 'required',
        supportedAlgorithmIDs: algorithms,
      }).catch((error: unknown) => {
        throw new AppError(isWrongDomain(error) ? 'passkey_origin_refused' : 'invalid_passkey')
      })
      if (!result.verified) throw new AppError('invalid_passkey')
      const { credential: made, aaguid, credentialDeviceType, userVerified } = result.registrationInfo
      const credentialId = Buffer.from(made.id, 'base64url')
      if (made.id !== credential.id) throw new AppError('invalid_passkey')
      return {
        challenge,
        userVerified,
        passkey: {
          credentialId,
          publicKey: made.publicKey,
          counter: made.counter,
          transports: credential.response.transports ?? [],
          synced: credentialDeviceType === 'multiDevice',
          aaguid: /^[0-]+$/.test(aaguid) ? undefined : aaguid,
        },
      }
    },

    async verifyUsed(credential, passkey, { use, userVerification }) {
      const { response } = credential
      const { data, challenge } = readChallenge(response.clientDataJSON, 'webauthn.get', use, 'invalid_factor')
      if (!idHash.equals(Buffer.from(response.authenticatorData, 'base64url').subarray(0, idHash.length)))
        throw new AppError('passkey_origin_refused')
      const { verifyAuthenticationResponse } = await library()
      const result = await verifyAuthenticationResponse({
        response: { ...credential, clientExtensionResults: {} } as never,
        ...expected(data),
        credential: {
          id: base64url(passkey.credentialId),
          publicKey: Uint8Array.from(passkey.publicKey),
          // The library refuses every counter that is not higher. That of a synced passkey may be anything.
          counter: 0,
        },
        requireUserVerification: userVerification === 'required',
      }).catch(() => {
        throw new AppError('invalid_factor')
      })
      if (!result.verified) throw new AppError('invalid_factor')
      const { newCounter, userVerified } = result.authenticationInfo
      return { challenge, counter: newCounter, userVerified }
    },
  }
}

const isWrongDomain = (error: unknown) => error instanceof Error && error.name === 'UnexpectedRPIDHash'
