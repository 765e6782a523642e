/** Signatures, whatever the runtime verifies them with. */
import type { KeyFacts, SigningAlg } from '../../../src/tokens/claims.ts'
import type { VerifySignature } from '../../../src/tokens/signature.ts'

/** A public key as it stands in a JWKS (RFC 7517). */
export type Jwk = Record<string, unknown>

/** A key of the issuer, and the verification with it. */
export type IssuerKey = KeyFacts & { readonly verify: VerifySignature }

export type Signatures = {
  /** Prepares the verification with a key. Throws or rejects if no Countersign server signs with such a key. */
  load(jwk: Jwk, alg: SigningAlg): VerifySignature | Promise<VerifySignature>
  /**
   * Returns what `use` returns. `use` is synchronous, and in it `verify` answers for this token. Where the verification of a signature takes
   * a promise, it ends before `use` is called.
   */
  open<T>(token: string, verify: VerifySignature | undefined, use: () => T): T | Promise<T>
}
