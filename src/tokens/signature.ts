/**
 * Finds the key that signed a token and verifies the signature. The library that verifies is passed in, so this folder
 * needs no web framework.
 */
import type { VerificationKey } from './access-token.ts'
import { headerFor, type KeyFacts, longestTokenSeconds, type SignedType } from './claims.ts'

/** Returns the payload of a token that one key signed, as parsed JSON. Throws for every other token. */
export type VerifySignature = (token: string) => unknown

/** Prepares the verification with one key, once. */
export type CreateVerifySignature<Key = VerificationKey> = (key: Key) => Promise<VerifySignature>

/** The verification with one key. */
export type SignatureCheck = {
  readonly keyId: string
  readonly payloadOf: VerifySignature
  /** The longest life that a token of the key may have. */
  readonly tokenSeconds: number
}

export type SignatureChecks = {
  /** The check for a token with this header segment, or undefined if no key of ours writes that header. */
  readonly get: (header: string) => SignatureCheck | undefined
}

export type KeyedSignatureChecks<Key = VerificationKey> = SignatureChecks & {
  /** Another object whenever the keys that verify have changed. */
  readonly keySet: () => object
  /** Once the promise resolves, these keys verify, and no others. */
  readonly use: (keys: readonly Key[]) => Promise<void>
}

/**
 * The checks for the tokens of one type that our keys sign, by header segment. A token of ours has exactly the header that we
 * write for its key, so the header is looked up, not parsed: `alg`, `kid`, `crit`, `jku`, `jwk` or `zip` in any other form
 * match nothing.
 */
export function createSignatureChecks<Key extends KeyFacts = VerificationKey>(
  createVerifySignature: CreateVerifySignature<Key>,
  typ: SignedType = 'at+jwt',
): KeyedSignatureChecks<Key> {
  let byHeader: ReadonlyMap<string, SignatureCheck> = new Map()
  let wanted: readonly Key[] = []

  return {
    get: (header) => byHeader.get(header),
    keySet: () => byHeader,
    use: async (keys) => {
      wanted = keys
      const checks = keys.map(async (key) => {
        const header = headerFor(key, typ)
        const payloadOf = byHeader.get(header)?.payloadOf ?? (await createVerifySignature(key))
        const tokenSeconds = Math.min(key.tokenSeconds ?? longestTokenSeconds, longestTokenSeconds)
        return [header, { keyId: key.kid, payloadOf, tokenSeconds }] as const
      })
      const ready = await Promise.all(checks)
      // A later call may have overtaken this one. Its keys stay.
      if (wanted === keys) byHeader = new Map(ready)
    },
  }
}
