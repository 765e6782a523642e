/** The passkey of an account that is not open yet. */
import type { NewPasskey } from '../factors/passkeys/passkey.ts'

/** The passkey of a registration, and the id that its user gets. */
export type PendingPasskey = { readonly userId: string; readonly passkey: NewPasskey; readonly name: string }
