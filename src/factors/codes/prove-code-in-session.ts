/** Checks a code of a signed-in user who signs in again. */
import type { AuditStore } from '../../audit/audit-store.ts'
import { AppError } from '../../errors.ts'
import type { Limits } from '../../limits/limits.ts'
import type { OwnCode } from '../../signin/code.ts'
import type { ProveCode } from '../../signin/prove-code.ts'
import type { ProveOwnCode } from './code-proof.ts'

type Dependencies = {
  limits: Pick<Limits, 'inSession'>
  audit: Pick<AuditStore, 'record'>
  proveOwnCode: Readonly<Record<OwnCode, ProveOwnCode>>
}

export function createProveCodeInSession({ limits, audit, proveOwnCode }: Dependencies): ProveCode {
  return async function proveCodeInSession(account, { method, code }, { sessionId, context }) {
    const { proof } = await limits.inSession(sessionId, async () => {
      const found = await proveOwnCode[method](account, code, { sessionId, context })
      return { matches: found !== undefined, proof: found }
    })
    if (proof) return proof
    const who = { actorId: account.id, subjectId: account.id, sessionId }
    await audit.record({ type: 'reauthentication_failed', ...who, context, detail: { method } })
    throw new AppError('invalid_factor')
  }
}
