/** Signatures by Web Crypto, for runtimes without node:crypto. Each is verified before the synchronous checks of the token. */
import { fromBase64url } from '../../../src/tokens/base64url.ts'
import type { SigningAlg } from '../../../src/tokens/claims.ts'
import type { VerifySignature } from '../../../src/tokens/signature.ts'
import { payloadOf, signedPart } from './parts.ts'
import type { Jwk, Signatures } from './signatures.ts'

type Subtle = Pick<typeof crypto.subtle, 'importKey' | 'verify'>
type RsaAlgorithm = { name: string; modulusLength: number; publicExponent: Uint8Array }
type Key = Awaited<ReturnType<Subtle['importKey']>>

const algorithms = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
} as const satisfies Record<SigningAlg, object>

export function createWebSignatures(subtle: Subtle): Signatures {
  const keys = new WeakMap<VerifySignature, { key: Key; alg: SigningAlg }>()
  // The token whose signature is good, and by which key, during one call of `use`.
  let opened: { readonly token: string; readonly by: VerifySignature } | undefined

  async function isSigned(token: string, verify: VerifySignature | undefined): Promise<boolean> {
    const known = verify && keys.get(verify)
    if (!known) return false
    const { input, signature } = signedPart(token)
    try {
      return await subtle.verify(algorithms[known.alg], known.key, fromBase64url(signature), input)
    } catch {
      return false
    }
  }

  return {
    async load(jwk, alg) {
      const key = await subtle.importKey('jwk', bareOf(jwk), algorithms[alg], false, ['verify'])
      if (!fits(key)) throw new TypeError(`the key is not for ${alg}`)
      const verify: VerifySignature = (token) => {
        if (opened?.token !== token || opened.by !== verify) throw new Error('bad signature')
        return payloadOf(token)
      }
      keys.set(verify, { key, alg })
      return verify
    },

    async open(token, verify, use) {
      const good = await isSigned(token, verify)
      // No other code runs between these lines, because `use` is synchronous.
      opened = good && verify ? { token, by: verify } : undefined
      try {
        return use()
      } finally {
        opened = undefined
      }
    },
  }
}

/** The key without `alg`, `use` and `key_ops`. issuer-jwks.ts has checked them, and runtimes differ in how they name Ed25519. */
const bareOf = ({ kty, crv, x, y, n, e }: Jwk) => JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }))

// `importKey` has compared the type and the curve.
function fits({ algorithm }: Key): boolean {
  if (algorithm.name !== 'RSASSA-PKCS1-v1_5') return true
  const { modulusLength, publicExponent } = algorithm as RsaAlgorithm
  // Anybody can sign for the exponent 1, and small exponents are weak. Every library makes keys with 65537.
  return modulusLength >= 2048 && publicExponent.join() === '1,0,1'
}
