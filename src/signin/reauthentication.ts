/** The wire shape of reauthentication. */
import { z } from 'zod'
import { password } from '../accounts/account.ts'
import { usedCredential } from '../factors/passkeys/credential.ts'

/** One proof. Without any, the password is missing. */
export const reauthentication = z
  .strictObject({
    password: password.optional(),
    credential: usedCredential.optional().describe('Instead of the password: a passkey of the user.'),
  })
  .meta({ id: 'Reauthentication', description: 'One proof of who the user is.' })
export type Reauthentication = z.infer<typeof reauthentication>
