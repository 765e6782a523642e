/** The signing key, and every public key that still verifies. Private keys are stored sealed (JWE, RFC 7516). */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, exportJWK, generateKeyPair } from 'jose'
import { StartError } from '../start-error.ts'
import type { SigningAlg, SigningKey } from '../tokens/access-token.ts'
import { deriveKeys } from './derive-keys.ts'
import type { KeyStore, StoredKey } from './key-store.ts'

export type VerificationKey = { readonly kid: string; readonly alg: SigningAlg; readonly publicKey: KeyObject }
export type KeyRing = { readonly signing: SigningKey; readonly verification: readonly VerificationKey[] }

/** The stored keys were sealed under another secret. */
export class WrongSecretError extends StartError {
  override readonly name = 'WrongSecretError'
}

/**
 * Loads the ring, making the first key where the database holds none; nodes that start at once agree on one.
 * Throws WrongSecretError where no given secret opens a stored key.
 */
export async function loadKeyRing(options: {
  store: KeyStore
  secrets: readonly string[]
  alg: SigningAlg
}): Promise<KeyRing> {
  const sealingKeys = deriveKeys(options.secrets, 'signing-key-seal')
  const stored = await options.store.loadOrInsert(() => generate(options.alg, sealingKeys))
  const [newest] = stored
  if (!newest) throw new Error('the key store is empty although a key was just made')
  return { signing: await open(newest, sealingKeys), verification: stored.map(toVerificationKey) }
}

async function generate(alg: SigningAlg, sealingKeys: readonly Buffer[]): Promise<StoredKey> {
  const [sealingKey] = sealingKeys
  if (!sealingKey) throw new Error('a server secret is needed to seal signing keys')
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  const publicJwk = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint(publicJwk)
  const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify(await exportJWK(privateKey))))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
    .encrypt(sealingKey)
  return { kid, alg, publicJwk: { ...publicJwk, kid, alg, use: 'sig' }, sealedPrivateJwk: sealed }
}

async function open(key: StoredKey, sealingKeys: readonly Buffer[]): Promise<SigningKey> {
  for (const sealingKey of sealingKeys) {
    try {
      const { plaintext } = await compactDecrypt(key.sealedPrivateJwk, sealingKey, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      const jwk = JSON.parse(Buffer.from(plaintext).toString()) as JsonWebKey
      return { kid: key.kid, alg: key.alg, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) }
    } catch {
      // Sealed under another secret of the list, or under none of them: the loop's end says which.
    }
  }
  throw new WrongSecretError(
    'COUNTERSIGN_SECRET does not open the signing keys in this database. Start with the secret they were sealed under ' +
      '(it may stand anywhere in the list); without it these keys are lost.',
  )
}

const toVerificationKey = ({ kid, alg, publicJwk }: StoredKey): VerificationKey => ({
  kid,
  alg,
  publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
})
