/** A link that verifies an email address, as it is stored. */
import type { SealedMail } from '../mail/outbox.ts'

/** A link that was made and sealed into a letter, to be stored with it. */
export type Proof = { readonly hash: Buffer; readonly lifeSeconds: number; readonly letter: SealedMail }
