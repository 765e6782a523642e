/**
 * Signatures by node:crypto. They are verified synchronously, because promises of a signature wait in the thread pool behind every password
 * hash of the same process.
 */
import type { createPublicKey, KeyObject, verify } from 'node:crypto'
import { fromBase64url } from '../../../src/tokens/base64url.ts'
import type { SigningAlg } from '../../../src/tokens/claims.ts'
import { payloadOf, signedPart } from './parts.ts'
import type { Signatures } from './signatures.ts'

type Crypto = { readonly createPublicKey: typeof createPublicKey; readonly verify: typeof verify }

export const createNodeSignatures = (crypto: Crypto): Signatures => ({
  load(jwk, alg) {
    const key = crypto.createPublicKey({ key: jwk, format: 'jwk' })
    if (!fits(key, alg)) throw new TypeError(`the key is not for ${alg}`)
    const digest = alg === 'EdDSA' ? null : 'sha256'
    // The key and the algorithm are fixed here, so a token cannot choose how it is verified (RFC 8725 §3.1).
    return (token) => {
      const { input, signature } = signedPart(token)
      const isSigned = crypto.verify(digest, input, { key, dsaEncoding: 'ieee-p1363' }, fromBase64url(signature))
      if (!isSigned) throw new Error('bad signature')
      return payloadOf(token)
    }
  },

  open: (_token, _verify, use) => use(),
})

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, alg: SigningAlg): boolean {
  if (alg === 'ES256') return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (alg === 'EdDSA') return asymmetricKeyType === 'ed25519'
  // Anybody can sign for the exponent 1, and small exponents are weak. Every library makes keys with 65537.
  const { modulusLength = 0, publicExponent } = asymmetricKeyDetails ?? {}
  return asymmetricKeyType === 'rsa' && modulusLength >= 2048 && publicExponent === 65_537n
}
