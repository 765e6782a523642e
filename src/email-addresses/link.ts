/** A link that verifies an email address, as it is stored: the hash of its token, its life, and the mail that holds it. */
import type { SealedMail } from '../mail/outbox.ts'

export type NewLink = { readonly hash: Buffer; readonly lifeSeconds: number; readonly mail: SealedMail }
