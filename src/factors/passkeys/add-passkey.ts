/** Adds a passkey: in a session, or during a sign-in that may not go on without a factor. */
import type { Account, AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import { type FactorAdded, toFactor } from '../factor.ts'
import type { FactorHolder } from '../factor-change-store.ts'
import type { FactorMails } from '../factor-mails.ts'
import { newRecoveryCodes } from '../recovery-codes/recovery-code.ts'
import { defaultName } from './authenticator-names.ts'
import type { ChallengeUse } from './challenge.ts'
import type { CreatedCredential } from './credential.ts'
import type { CreationOptions } from './options.ts'
import { methodOf, type NewPasskey, userHandleOf } from './passkey.ts'
import { mostPasskeys, type PasskeyAddingStore } from './passkey-adding-store.ts'
import type { PasskeyStore } from './passkey-store.ts'
import type { Webauthn } from './webauthn.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  passkeys: Pick<PasskeyStore, 'listOf'>
  adding: PasskeyAddingStore
  webauthn: Pick<Webauthn, 'creationOptions' | 'verifyCreated'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<FactorMails, 'added'>
  revocations: Pick<RevocationFollower, 'denyUser'>
}

type Wish = {
  readonly credential: CreatedCredential
  /** The name that the user gave the passkey. */
  readonly name: string | undefined
  readonly use: ChallengeUse
  /** Who adds it, once it is known what kind of passkey it is. */
  readonly by: (passkey: NewPasskey) => FactorHolder
  readonly context: RequestContext
}

/** The answer, the account after the change, and the methods of the proof. */
type Added = { readonly added: FactorAdded; readonly account: Account; readonly amr: readonly string[] }

export type AddPasskey = {
  /** Ends in `too_many_passkeys`, or in `token_revoked` if the account is gone. */
  readonly options: (userId: string, use: ChallengeUse) => Promise<CreationOptions>
  /**
   * The new passkey, and recovery codes if it is the first factor. Access tokens of the user from before are revoked. Ends in
   * `invalid_challenge`, `passkey_origin_refused`, `invalid_passkey`, `passkey_exists` or `too_many_passkeys`, or as the place does.
   */
  readonly add: (userId: string, wish: Wish) => Promise<Added>
}

const longestName = 100

export function createAddPasskey(dependencies: Dependencies): AddPasskey {
  const { accounts, passkeys, adding, webauthn, outbox, mails, revocations } = dependencies

  async function accountOf(userId: string): Promise<Account> {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    return account
  }

  return {
    async options(userId, use) {
      const { email, name } = await accountOf(userId)
      const exclude = await passkeys.listOf(userId)
      if (exclude.length >= mostPasskeys) throw new AppError('too_many_passkeys')
      return webauthn.creationOptions({
        use,
        user: { id: userHandleOf(userId), name: email ?? name ?? userId, displayName: name ?? email ?? '' },
        exclude,
        // A security key may have no room for one more passkey that needs no name. It can still be a second factor.
        residentKey: 'preferred',
        userVerification: 'preferred',
      })
    },

    async add(userId, { credential, name, use, by, context }) {
      const { passkey, challenge } = await webauthn.verifyCreated(credential, { use, userVerification: 'preferred' })
      const { email } = await accountOf(userId)
      const shown = (name ?? defaultName(passkey.aaguid, context.userAgent)).slice(0, longestName)
      const mail = email === null ? undefined : await outbox.seal(mails.added(email, 'passkey'), userId)
      const { codes, hashes } = newRecoveryCodes()
      const change = { by: by(passkey), context, mail }
      const { factor, account, gotCodes } = await adding.add({ passkey, challenge, name: shown, hashes, change })
      outbox.posted()
      revocations.denyUser(userId, account.tokenVersion)
      return {
        added: { factor: toFactor(factor), ...(gotCodes ? { recovery_codes: [...codes] } : {}) },
        account,
        amr: [methodOf(passkey)],
      }
    },
  }
}
