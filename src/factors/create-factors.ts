/**
 * Wires the factors beside the password. This folder owns how each is added, proven, listed and removed. It does not own the sign-in that a
 * proof belongs to (signin/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { Limits } from '../limits/limits.ts'
import type { MailSettings } from '../mail/mail.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { Signin } from '../signin/create-signin.ts'
import type { ProveCode } from '../signin/prove-code.ts'
import type { Tokens } from '../tokens/create-tokens.ts'
import { createLoginFactor, type LoginFactor } from './codes/login-factor.ts'
import { createProveCodeInSession } from './codes/prove-code-in-session.ts'
import { createEmailSignIn, type EmailSignIn } from './email-codes/create-email-sign-in.ts'
import { createFactorMails } from './factor-mails.ts'
import { createFactorStore } from './manage/factor-store.ts'
import { createManageFactors, type ManageFactors } from './manage/manage-factors.ts'
import { createOpenEnrolment } from './open-enrolment.ts'
import { createPasskeys, type Passkeys } from './passkeys/create-passkeys.ts'
import { userHandleOf } from './passkeys/passkey.ts'
import { createRelyingParty } from './passkeys/relying-party.ts'
import { createProveRecoveryCode } from './recovery-codes/prove-recovery-code.ts'
import { createRecoveryCodeStore } from './recovery-codes/recovery-code-store.ts'
import { createRenewRecoveryCodes, type RenewRecoveryCodes } from './recovery-codes/renew-recovery-codes.ts'
import { createBeginTotp } from './totp/begin-totp.ts'
import { createConfirmTotp } from './totp/confirm-totp.ts'
import { createProveTotp } from './totp/prove-totp.ts'
import { createTotpSeal } from './totp/seal-totp.ts'
import { createTotpAtSignin, type TotpAtSignin } from './totp/totp-at-signin.ts'
import { createTotpInSession, type TotpInSession } from './totp/totp-in-session.ts'
import { createTotpStore } from './totp/totp-store.ts'

type Dependencies = Parameters<typeof createEmailSignIn>[0] & {
  config: Config
  database: Database
  accountStore: AccountStore
  signin: Pick<Signin, 'policy' | 'attempts' | 'advance'>
  tokens: Pick<Tokens, 'trustedDeviceTokens'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  limits: Limits
  audit: AuditStore
  outbox: Outbox
  mailSettings: MailSettings
  secrets: ServerSecrets
  /** Milliseconds since 1970. */
  clock: () => number
}

export type Factors = {
  readonly passkeys: Passkeys
  readonly emailSignIn: EmailSignIn
  readonly manageFactors: ManageFactors
  readonly renewRecoveryCodes: RenewRecoveryCodes
  readonly totpInSession: TotpInSession
  readonly totpAtSignin: TotpAtSignin
  readonly loginFactor: LoginFactor
  readonly proveCode: ProveCode
}

export function createFactors(dependencies: Dependencies): Factors {
  const { config, database, accountStore: accounts, signin, tokens, revocations, secrets, clock } = dependencies
  const { limits, audit, outbox, mailSettings } = dependencies
  const { policy, attempts, advance } = signin
  const { trustedDeviceTokens } = tokens
  const mails = createFactorMails(mailSettings)
  const recoveryCodes = createRecoveryCodeStore(database)
  const totps = createTotpStore(database)
  const seal = createTotpSeal(secrets)
  const beginTotp = createBeginTotp({ totps, seal, issuer: config.totpIssuer ?? config.appName })
  const confirmTotp = createConfirmTotp({ totps, seal, outbox, mails, revocations, clock })
  const proveOwnCode = {
    totp: createProveTotp({ totps, seal, clock }),
    recovery_code: createProveRecoveryCode({ recoveryCodes, outbox, mails }),
  }
  const relyingParty = createRelyingParty(config)
  const openEnrolment = createOpenEnrolment({ accounts, attempts, policy, advance })
  return {
    passkeys: createPasskeys({ ...dependencies, mails, relyingParty, openEnrolment }),
    emailSignIn: createEmailSignIn(dependencies),
    manageFactors: createManageFactors({
      accounts,
      factors: createFactorStore(database),
      recoveryCodes,
      policy,
      outbox,
      mails,
      revocations,
      acceptedCredentials: (userId, credentialIds) => ({
        rp_id: relyingParty.id,
        user_id: userHandleOf(userId),
        all_accepted_credential_ids: credentialIds.map((id) => id.toString('base64url')),
      }),
    }),
    renewRecoveryCodes: createRenewRecoveryCodes({ accounts, recoveryCodes, outbox, mails }),
    totpInSession: createTotpInSession({ accounts, limits, beginTotp, confirmTotp }),
    totpAtSignin: createTotpAtSignin({ openEnrolment, beginTotp, confirmTotp }),
    loginFactor: createLoginFactor({ accounts, attempts, limits, audit, trustedDeviceTokens, advance, proveOwnCode }),
    proveCode: createProveCodeInSession({ limits, audit, proveOwnCode }),
  }
}
