/** Checks the code of a mail when a signed-in user signs in again. */
import type { AuditStore } from '../../audit/audit-store.ts'
import { AppError } from '../../errors.ts'
import type { Client, Proof } from '../../signin/attempt.ts'
import type { Attempts } from '../../signin/attempts.ts'
import { isWrongCode, type ProveEmail } from './prove-email.ts'

type Dependencies = {
  attempts: Pick<Attempts, 'open'>
  proveEmail: Pick<ProveEmail, 'byCode'>
  audit: Pick<AuditStore, 'record'>
}

/** The proof. Ends in `attempt_ended` if the attempt belongs to another session or is over, and else as ProveEmail does. */
export type ProveCodeInSession = (
  given: { readonly attempt: string; readonly code: string },
  sessionId: string,
  client: Client,
) => Promise<Proof>

export function createProveCodeInSession({ attempts, proveEmail, audit }: Dependencies): ProveCodeInSession {
  return async function proveCodeInSession({ attempt, code }, sessionId, client) {
    const opened = await attempts.open(attempt, client)
    if (opened.goal === 'session' || opened.goal.renews.sessionId !== sessionId) throw new AppError('attempt_ended')
    const { context } = client
    return proveEmail.byCode(code, opened, context).catch(async (error: unknown) => {
      if (!isWrongCode(error)) throw error
      const userId = opened.stored.userId ?? undefined
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'reauthentication_failed', ...who, context, detail: { method: 'email_code' } })
      throw error
    })
  }
}
