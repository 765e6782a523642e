/** A link that verifies an email address, as it is stored: the hash of its token, its life, the mail that holds it, and the code in that mail. */
import type { SealedMail } from '../mail/outbox.ts'
import type { StoredCode } from './email-code.ts'

export type NewLink = {
  readonly hash: Buffer
  readonly lifeSeconds: number
  readonly mail: SealedMail
  readonly code: StoredCode
}
