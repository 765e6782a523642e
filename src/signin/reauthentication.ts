/** The wire shape of reauthentication: one proof. */
import { z } from 'zod'
import { password } from '../accounts/account.ts'
import { usedCredential } from '../factors/passkeys/credential.ts'
import { rule } from '../http/errors/field-error.ts'
import { attempt } from './answer.ts'
import { checkCode, code, codeMethod } from './code.ts'

const members = z.strictObject({
  password: password.optional(),
  method: codeMethod.optional().describe('Instead of the password, together with a code.'),
  code: code.optional(),
  attempt: attempt.optional().describe('For a code by mail: from the answer of `/auth/reauthenticate/email`.'),
  credential: usedCredential.optional().describe('Instead of the password: a passkey of the user.'),
})

/** The members of each proof. */
const proofs = [['password'], ['credential'], ['method', 'code']] as const

/** Exactly one proof, with all its members. Without any, the password is missing. */
function checkProof(given: z.infer<typeof members>, ctx: z.core.$RefinementCtx): void {
  const fault = (member: keyof typeof given, message: string) =>
    ctx.addIssue({ code: 'custom', path: [member], message })
  const [chosen = proofs[0], ...others] = proofs.filter((proof) => proof.some((member) => given[member] !== undefined))
  for (const member of chosen) if (given[member] === undefined) fault(member, rule('required'))
  for (const member of others.flat()) if (given[member] !== undefined) fault(member, rule('not_with_other_proof'))
  if (others.length > 0) return
  const isMailed = given.method === 'email_code'
  if (isMailed && given.attempt === undefined) fault('attempt', rule('required'))
  if (!isMailed && given.attempt !== undefined) fault('attempt', rule('not_with_other_proof'))
  if (given.method !== undefined) checkCode(given, ctx)
}

export const reauthentication = members.superRefine(checkProof).meta({
  id: 'Reauthentication',
  description: 'One proof of who the user is.',
  examples: [{ password: 'correct horse battery staple' }],
})
export type Reauthentication = z.infer<typeof reauthentication>
