/** Keys for separate purposes from one secret, so that what leaks in one place opens nothing in another. */
import { hkdfSync } from 'node:crypto'

export type Purpose =
  | 'refresh-token-tag'
  | 'refresh-token-successor'
  | 'signing-key-seal'
  | 'secret-id'
  | 'mail-outbox'
  | 'limit-key'
  | 'device-token'

/** A 256-bit key for each secret, in the secrets' order (newest first). HKDF-SHA-256, RFC 5869. */
export function deriveKeys(secrets: readonly string[], purpose: Purpose): readonly Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, 'countersign', `countersign/${purpose}/v1`, 32)),
  )
}

/** What nodes call their secrets among themselves, in the secrets' order. */
export const secretIds = (secrets: readonly string[]): readonly string[] =>
  deriveKeys(secrets, 'secret-id').map((id) => id.toString('base64url').slice(0, 16))
