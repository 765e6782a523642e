/** Makes signing keys. */
import { generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import type { SigningAlg } from '../tokens/claims.ts'

export type NewKey = {
  readonly publicJwk: JsonWebKey & { readonly kid: string; readonly alg: SigningAlg; readonly use: string }
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const generate = promisify(generateKeyPair)
const pairs = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519'),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
}

/** Makes a key pair. `publicJwk` is the public key as it is published (RFC 7517); its `kid` is the RFC 7638 thumbprint. */
export async function newKey(alg: SigningAlg): Promise<NewKey> {
  const { publicKey, privateKey } = await pairs[alg]()
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  return { publicJwk: { ...jwk, kid, alg, use: 'sig' }, publicKey, privateKey }
}

const outOfKeys = new Error('the attempt needs one more key')

/**
 * Runs an attempt that may take new keys. They are made before the attempt, because an RSA key takes seconds on a busy machine,
 * and a transaction must not wait that long. An attempt that needs more keys than there are must change nothing. It is then
 * repeated with one more key.
 */
export async function withNewKeys<T>(alg: SigningAlg, attempt: (takeKey: () => NewKey) => Promise<T>): Promise<T> {
  const made: NewKey[] = []
  for (;;) {
    let taken = 0
    const takeKey = () => {
      const key = made[taken++]
      if (!key) throw outOfKeys
      return key
    }
    try {
      return await attempt(takeKey)
    } catch (error) {
      if (error !== outOfKeys) throw error
      made.push(await newKey(alg))
    }
  }
}
