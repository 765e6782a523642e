/** The answer to a registration that signs the user in. */
import type { SigninResult } from '../signin/advance.ts'

/** The same result, with the id that goes with the code in the mail, and the recovery codes of a user who has some. */
export const withVerification = (result: SigninResult, id: string, codes?: readonly string[]) =>
  result.status === 'signed_in'
    ? { ...result, pair: { ...result.pair, verification_id: id, ...(codes ? { recovery_codes: [...codes] } : {}) } }
    : { ...result, required: { ...result.required, verification_id: id } }
