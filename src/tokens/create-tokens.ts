/** Wires the tokens: what they are, how they are made, how they are verified. Which keys exist is decided in keys/. */
import type { Config } from '../config/config.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import { type AccessTokens, createAccessTokens, type SigningKey, type VerificationKey } from './access-token.ts'
import { withKnownSecrets } from './known-secrets.ts'
import { createRefreshTokens, type RefreshTokens } from './refresh-token.ts'
import { type CreateVerifySignature, createSignatureChecks } from './signature.ts'
import { createTokenCache, type TokenCache } from './token-cache.ts'
import { createTrustedDeviceTokens, type TrustedDeviceTokens } from './trusted-device-token.ts'
import { createVerifyAccessToken } from './verify-access-token.ts'

type Dependencies = {
  config: Pick<Config, 'publicUrl' | 'audience' | 'accessTokenSeconds' | 'tokenCacheEntries'>
  /** What this node knows of the signing keys at this moment. keys/key-ring.ts keeps it up to date. */
  keyRing: {
    readonly signing: SigningKey
    readonly verification: readonly VerificationKey[]
    readonly isCurrent: boolean
    onChange(listener: (keys: readonly VerificationKey[]) => Promise<void>): void
  }
  secrets: ServerSecrets
  createVerifySignature: CreateVerifySignature
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
}

export type Tokens = {
  readonly accessTokens: AccessTokens
  readonly refreshTokens: RefreshTokens
  readonly trustedDeviceTokens: TrustedDeviceTokens
  /** Verifies access tokens, and remembers those that verified. */
  readonly tokenCache: TokenCache
}

export async function createTokens(dependencies: Dependencies): Promise<Tokens> {
  const { config, keyRing, secrets, createVerifySignature, clock } = dependencies
  const { publicUrl: issuer, audience } = config
  const signatureChecks = createSignatureChecks(createVerifySignature)
  keyRing.onChange(signatureChecks.use)
  await signatureChecks.use(keyRing.verification)
  return {
    accessTokens: createAccessTokens({
      issuer,
      audience,
      lifeSeconds: config.accessTokenSeconds,
      signingKey: () => keyRing.signing,
      clock,
    }),
    refreshTokens: withKnownSecrets(createRefreshTokens(secrets), () => keyRing.isCurrent),
    trustedDeviceTokens: createTrustedDeviceTokens(secrets, clock),
    tokenCache: createTokenCache({
      verifyAccessToken: createVerifyAccessToken({ issuer, audience, signatureChecks, clock }),
      keySet: signatureChecks.keySet,
      clock,
      maxEntries: config.tokenCacheEntries,
    }),
  }
}
