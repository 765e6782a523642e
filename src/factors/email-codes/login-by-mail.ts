/** Goes on with a sign-in by the code or the link of a mail. */
import type { AuditStore } from '../../audit/audit-store.ts'
import type { Advance, SigninResult } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { Attempts } from '../../signin/attempts.ts'
import { isWrongCode, type ProveEmail } from './prove-email.ts'
import type { SignInMailStore } from './sign-in-mail-store.ts'

type Dependencies = {
  attempts: Pick<Attempts, 'open'>
  proveEmail: ProveEmail
  store: Pick<SignInMailStore, 'findLink'>
  audit: Pick<AuditStore, 'record'>
  advance: Advance
}

export type MailStep = { readonly attempt: string } & (
  | { readonly method: 'email_code'; readonly code: string }
  | { readonly method: 'email_link'; readonly token?: string | undefined }
)

/** Ends in `attempt_ended` if the attempt is over, and else as ProveEmail and Advance do. Only a code counts as a try. */
export type LoginByMail = (step: MailStep, client: Client) => Promise<SigninResult>

export function createLoginByMail({ attempts, proveEmail, store, audit, advance }: Dependencies): LoginByMail {
  /** Whether there is a user to write about or not, the work is the same. */
  async function recordFailure(attemptId: Buffer, { context }: Client): Promise<void> {
    const link = await store.findLink(attemptId)
    await audit.record({ type: 'factor_failed', subjectId: link?.userId, context, detail: { method: 'email_code' } })
  }

  return async function loginByMail(step, client) {
    const opened = await attempts.open(step.attempt, client, { counts: step.method === 'email_code' })
    if (step.method === 'email_link')
      return advance(opened, await proveEmail.byLink(step.token, opened, client.context))
    const proof = await proveEmail.byCode(step.code, opened, client.context).catch(async (error: unknown) => {
      if (isWrongCode(error)) await recordFailure(opened.stored.id, client)
      throw error
    })
    return advance(opened, proof)
  }
}
