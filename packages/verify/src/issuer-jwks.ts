/** Which keys of the issuer's JWKS are for tokens. RFC 7517 §5: ignore others. */
import { z } from 'zod'
import { base64urlToText } from '../../../src/tokens/base64url.ts'
import { headerFor } from '../../../src/tokens/claims.ts'
import type { IssuerKey, Jwk, Signatures } from './signatures.ts'

export const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })
const headerOfOurs = z.looseObject({ kid: z.string().min(1).max(200), alg: z.enum(['ES256', 'EdDSA', 'RS256']) })
// Refuse a JWK with a private key: anybody could sign with it.
const jwkOfOurs = headerOfOurs.extend({
  use: z.literal('sig').optional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes('verify'))
    .optional(),
  d: z.undefined().optional(),
})

/** The key as a list of one, or an empty list if no Countersign server signs with such a key. */
export async function toIssuerKey(member: Jwk, signatures: Signatures): Promise<IssuerKey[]> {
  const { success, data } = jwkOfOurs.safeParse(member)
  if (!success) return []
  try {
    return [{ kid: data.kid, alg: data.alg, verify: await signatures.load(member, data.alg) }]
  } catch {
    return []
  }
}

/** Whether a Countersign server could have written this header, so that a key for it may exist. */
export function mayBeOurs(header: string): boolean {
  if (header.length > 400) return false
  try {
    const key = headerOfOurs.parse(JSON.parse(base64urlToText(header)))
    return headerFor(key) === header || headerFor(key, 'revocations+jwt') === header
  } catch {
    return false
  }
}
