/** The wire shape of reauthentication. */
import { z } from 'zod'
import { password } from '../accounts/account.ts'

export const reauthentication = z.strictObject({ password }).meta({ id: 'Reauthentication' })
