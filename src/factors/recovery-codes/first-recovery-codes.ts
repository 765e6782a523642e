/** Gives a user recovery codes with the first factor. */
import { replaceRecoveryCodes } from '../factor-change-store.ts'
import type { FirstRecoveryCodes } from '../passkeys/passkey-adding-store.ts'
import { newRecoveryCodes } from './recovery-code.ts'

export const firstRecoveryCodes: FirstRecoveryCodes = async (tx, userId) => {
  const { codes, hashes } = newRecoveryCodes()
  await replaceRecoveryCodes(tx, userId, hashes)
  return codes
}
