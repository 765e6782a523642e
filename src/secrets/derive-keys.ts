/**
 * Derives a key for each purpose from the server secrets (COUNTERSIGN_SECRET). A key that leaks is of no use for another
 * purpose. This folder owns those keys and the box that seals with them. The secret in force is decided in
 * keys/key-keeper.ts.
 */
import { hkdfSync } from 'node:crypto'

export type Purpose =
  | 'refresh-token-tag'
  | 'refresh-token-successor'
  | 'signing-key-seal'
  | 'secret-id'
  | 'mail-outbox'
  | 'limit-key'
  | 'device-token'
  | 'email-code'
  | 'passkey-challenge'
  | 'totp-secret'

/** A 256-bit key for each secret, in the secrets' order (newest first). HKDF-SHA-256, RFC 5869. */
export function deriveKeys(secrets: readonly string[], purpose: Purpose): readonly Buffer[] {
  return secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, 'countersign', `countersign/${purpose}/v1`, 32)),
  )
}

/** Names of the secrets that nodes exchange through the database, in the secrets' order. They do not reveal the secrets. */
export const secretIds = (secrets: readonly string[]): readonly string[] =>
  deriveKeys(secrets, 'secret-id').map((id) => id.toString('base64url').slice(0, 16))
