/**
 * The six digits that stand beside a link in a mail, for users who read the mail on another device. A code works only together with the
 * `verification_id` in the answer to the request for the mail. So a code that a stranger asked for is of no use to the owner's app, and
 * digits alone are of no use to anybody.
 *
 * Six digits could be found from a mere hash in a dump of the database. So the stored value is an HMAC under a key of this server.
 */
import { createHmac, type KeyObject, randomInt } from 'node:crypto'
import { mailboxOf } from '../limits/mailbox.ts'
import { type ServerSecrets, secretKeys } from '../secrets/server-secrets.ts'
import { createOneTimeToken, oneTimeTokenHash } from '../tokens/one-time-token.ts'

/** The stored form of a code. */
export type StoredCode = {
  /** SHA-256 of the verification_id. */
  readonly id: Buffer
  /** The HMAC of the code and its id. */
  readonly hash: Buffer
  /** An HMAC of the mailbox that the mail goes to. Guesses are limited by it, and it names nobody. */
  readonly mailbox: Buffer
  readonly lifeSeconds: number
}

export type NewCode = {
  /** For the client that asks for the mail, and for nobody else. */
  readonly verificationId: string
  /** Six digits, for the mail. */
  readonly code: string
  readonly stored: StoredCode
}

export type EmailCodes = {
  /** A new code. It never outlives the link in the same mail. */
  readonly create: (emailKey: string, linkSeconds: number) => NewCode
  /**
   * The stored form that this code has if it is right: its id, and a hash for each secret of the server. Undefined if the text is no
   * verification_id.
   */
  readonly read: (
    verificationId: string,
    code: string,
  ) => { readonly id: Buffer; readonly hashes: readonly Buffer[] } | undefined
}

/** NIST SP 800-63B-4 §3.1.3.2 allows ten minutes. */
const longestSeconds = 600

export function createEmailCodes(secrets: ServerSecrets): EmailCodes {
  const keys = secretKeys(secrets, 'email-code')
  const hmac = (key: KeyObject, ...parts: readonly (string | Buffer)[]) =>
    parts.reduce((made, part) => made.update(part), createHmac('sha256', key)).digest()

  return {
    create(emailKey, linkSeconds) {
      const { token: verificationId, hash: id } = createOneTimeToken()
      const code = String(randomInt(1_000_000)).padStart(6, '0')
      const hash = hmac(keys.inForce(), 'code', id, code)
      const mailbox = hmac(keys.inForce(), 'mailbox', mailboxOf(emailKey).mailbox)
      return { verificationId, code, stored: { id, hash, mailbox, lifeSeconds: Math.min(longestSeconds, linkSeconds) } }
    },

    read(verificationId, code) {
      const id = oneTimeTokenHash(verificationId)
      return id && { id, hashes: keys.all.map((key) => hmac(key, 'code', id, code)) }
    },
  }
}
