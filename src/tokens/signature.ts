/**
 * Checks that one of our keys signed a token. @fastify/jwt verifies, one instance for each key: its verifier is built
 * once, from a key and an algorithm that are fixed, so nothing in a token can choose how it is verified.
 */
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { headerFor, type SignedType, type VerificationKey } from './access-token.ts'

/** The payload of a token that this key signed, as parsed JSON. Throws on any other. */
type CheckSignature = (token: string) => unknown

async function createCheck(key: VerificationKey): Promise<CheckSignature> {
  const host = Fastify()
  await host.register(fastifyJwt, {
    secret: { public: key.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    // Times are checked with all other claims, by our own clock, in verify-access-token.ts.
    verify: { algorithms: [key.alg], ignoreExpiration: true, ignoreNotBefore: true },
  })
  return (token) => host.jwt.verify(token)
}

/** The check of one key. */
export type SignatureCheck = { readonly keyId: string; readonly payloadOf: CheckSignature }

/**
 * The checks for what our keys sign of one type, by the header segment. A token of ours has exactly the header we write for its key, so the header
 * is looked up, not read: `alg`, `kid`, `crit`, `jku`, `jwk` or `zip` in any other form match nothing.
 */
export function createSignatureChecks(typ: SignedType = 'at+jwt') {
  let byHeader: ReadonlyMap<string, SignatureCheck> = new Map()
  let wanted: readonly VerificationKey[] = []

  return {
    get: (header: string): SignatureCheck | undefined => byHeader.get(header),

    /** Another object whenever the keys that verify have changed. */
    keySet: (): object => byHeader,

    /** From when it resolves, these keys verify, and no others. */
    use: async (keys: readonly VerificationKey[]): Promise<void> => {
      wanted = keys
      const checks = keys.map(async (key) => {
        const header = headerFor(key, typ)
        return [header, byHeader.get(header) ?? { keyId: key.kid, payloadOf: await createCheck(key) }] as const
      })
      const ready = await Promise.all(checks)
      // Asked for others meanwhile: those are the ones.
      if (wanted === keys) byHeader = new Map(ready)
    },
  }
}

export type SignatureChecks = Pick<ReturnType<typeof createSignatureChecks>, 'get'>
