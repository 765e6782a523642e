/**
 * Goes on with a sign-in by a code. The sender has shown the password before, and may still be a stranger. So the tries of an attempt
 * are counted, and those at an account over all its attempts too.
 */
import type { AccountStore } from '../../accounts/account-store.ts'
import type { AuditStore } from '../../audit/audit-store.ts'
import { AppError } from '../../errors.ts'
import type { Limits } from '../../limits/limits.ts'
import type { Advance, SigninResult } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { Attempts } from '../../signin/attempts.ts'
import type { OwnCode } from '../../signin/code.ts'
import type { TrustedDeviceTokens } from '../../tokens/trusted-device-token.ts'
import type { ProveOwnCode } from './code-proof.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  attempts: Pick<Attempts, 'open'>
  limits: Pick<Limits, 'factor'>
  audit: Pick<AuditStore, 'record'>
  trustedDeviceTokens: Pick<TrustedDeviceTokens, 'parse'>
  advance: Advance
  proveOwnCode: Readonly<Record<OwnCode, ProveOwnCode>>
}

type Step = { readonly attempt: string; readonly method: OwnCode; readonly code: string }

/**
 * Ends in `invalid_factor` if the code is wrong or was used, in `attempt_ended` if the attempt is over, or in `rate_limited`: no try was counted
 * then. Else as Advance does.
 */
export type LoginFactor = (step: Step, client: Client) => Promise<SigninResult>

export function createLoginFactor(dependencies: Dependencies): LoginFactor {
  const { accounts, attempts, limits, audit, trustedDeviceTokens, advance, proveOwnCode } = dependencies

  return async function loginFactor({ attempt: token, method, code }, client) {
    const { context } = client
    const { stored } = await attempts.open(token, client, { counts: false })
    // A sign-in by mail has an attempt before anything is proven. It must not tell whether the email has an account with an app.
    const account =
      stored.userId !== null && stored.credentialVersion !== null ? await accounts.findById(stored.userId) : null
    const device = trustedDeviceTokens.parse(client.device)
    const { proof, opened } = await limits.factor(
      {
        userId: account?.id,
        ip: context.ip,
        device: device?.userId === account?.id ? device : undefined,
        isShort: method === 'totp',
      },
      async () => {
        const counted = await attempts.open(token, client)
        const found = account ? await proveOwnCode[method](account, code, { sessionId: undefined, context }) : undefined
        return { matches: found !== undefined, proof: found, opened: counted }
      },
      (by) => audit.record({ type: 'factor_refused', subjectId: account?.id, context, detail: { by } }),
    )
    if (proof) return advance(opened, proof)
    await audit.record({ type: 'factor_failed', subjectId: account?.id, context, detail: { method } })
    throw new AppError('invalid_factor')
  }
}
