/** Checks the use of a passkey: by the user of an attempt or of a session, or by a user who is not known before. */
import type { AuditStore } from '../../audit/audit-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Proof } from '../../signin/attempt.ts'
import type { ChallengeUse } from './challenge.ts'
import type { UsedCredential } from './credential.ts'
import { methodOf, type Passkey, userHandleOf } from './passkey.ts'
import { type FoundPasskey, type PasskeyStore, recordUse, spendChallenge } from './passkey-store.ts'
import type { Webauthn } from './webauthn.ts'

type Dependencies = {
  passkeys: Pick<PasskeyStore, 'find'>
  webauthn: Pick<Webauthn, 'challengeOf' | 'verifyUsed'>
  audit: Pick<AuditStore, 'record'>
  /** Whether users must verify their address before they can sign in. */
  verifiedOnly: boolean
}

type Rule = {
  readonly use: ChallengeUse
  /** The user whose passkey it must be. Undefined if the passkey says who the user is: then it must verify the user. */
  readonly userId: string | undefined
}

/**
 * The proof. It uses up its challenge. Ends in `invalid_challenge`, `passkey_origin_refused`, `unknown_passkey` if no account has the
 * credential, and `invalid_factor` if anything else is wrong. Ends in `account_disabled` or `email_not_verified` only if the passkey is right.
 */
export type CheckPasskey = (credential: UsedCredential, rule: Rule, context: RequestContext) => Promise<Proof>

export function createCheckPasskey({ passkeys, webauthn, audit, verifiedOnly }: Dependencies): CheckPasskey {
  /** A counter that did not rise: a copy of the passkey may have been used. A synced passkey is a copy, and need not count. */
  async function judgeCounter({ passkey, account }: FoundPasskey, counter: number, context: RequestContext) {
    if (counter > passkey.counter || (counter === 0 && passkey.counter === 0)) return
    const detail = { factor_id: passkey.id, counter, stored: passkey.counter, refused: !passkey.synced }
    await audit.record({ type: 'passkey_counter_reversed', subjectId: account.id, context, detail })
    if (!passkey.synced) throw new AppError('invalid_factor')
  }

  return async function checkPasskey(credential, { use, userId }, context) {
    const challenge = webauthn.challengeOf(credential, use)
    const found = await passkeys.find(Buffer.from(credential.id, 'base64url'), challenge)
    if (!found) throw new AppError('unknown_passkey')
    if (found.spent) throw new AppError('invalid_challenge')
    const { passkey, account } = found
    const failed = async () => {
      const event = use.purpose === 'reauthenticate' ? 'reauthentication_failed' : 'login_failed'
      await audit.record({ type: event, subjectId: account.id, context, detail: { factor: 'passkey' } })
    }
    if (!isOfUser(credential, passkey, userId)) {
      await failed()
      throw new AppError('invalid_factor')
    }
    const userVerification = userId === undefined ? 'required' : 'preferred'
    const used = await webauthn.verifyUsed(credential, passkey, { use, userVerification }).catch(async (error) => {
      await failed()
      throw error
    })
    await judgeCounter(found, used.counter, context)
    if (account.disabledAt) throw new AppError('account_disabled')
    if (verifiedOnly && account.email !== null && account.emailVerifiedAt === null)
      throw new AppError('email_not_verified')
    return {
      account,
      amr: [methodOf(passkey), ...(used.userVerified ? ['mfa'] : [])],
      consumes: spendChallenge(challenge),
      records: recordUse({ id: passkey.id, counter: used.counter }),
    }
  }
}

/** WebAuthn §7.2, step 6: the passkey belongs to the user who is known, or says itself whose it is. */
function isOfUser({ response }: UsedCredential, { userId }: Passkey, known: string | undefined): boolean {
  const handle = response.userHandle || undefined
  if (known !== undefined && known !== userId) return false
  if (handle === undefined) return known !== undefined
  return handle === userHandleOf(userId)
}
