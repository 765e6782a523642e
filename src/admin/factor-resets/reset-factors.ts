/** Removes the factors of a user, for users that have lost all of them. With ADMIN_RESET_NEEDS_TWO, two administrators must ask for it. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { MailSettings } from '../../mail/mail.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import type { Administrator } from '../administrator.ts'
import { factorsResetMail } from './factor-reset-mails.ts'
import type { FactorResetStore } from './factor-reset-store.ts'
import { type FactorResetList, mostListed, toFactorReset, type WaitingReset } from './wire.ts'

/** How long a reset waits for the second administrator. */
export const resetSeconds = 3600

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  store: FactorResetStore
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mailSettings: Pick<MailSettings, 'serviceName'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  needsTwo: boolean
}

export type FactorResets = {
  /**
   * Undefined if the factors are removed, and the reset if it waits for a second administrator. Ends in `not_found`, in `forbidden` for one's
   * own account, or in `token_revoked` if the administrator was demoted, disabled or signed out meanwhile.
   */
  readonly resetFactors: (userId: string, administrator: Administrator) => Promise<WaitingReset | undefined>
  readonly listFactorResets: () => Promise<FactorResetList>
  /** Ends as `resetFactors`, and in `forbidden` for the administrator who asked for the reset. */
  readonly confirmFactorReset: (id: string, administrator: Administrator) => Promise<void>
  /** Ends in `not_found` or `token_revoked`. */
  readonly cancelFactorReset: (id: string, administrator: Administrator) => Promise<void>
}

/** The sealed mail to the user, if the user has an email. */
export async function sealFactorsResetMail(
  { outbox, mailSettings }: Pick<Dependencies, 'mailSettings'> & { outbox: Pick<Outbox, 'seal'> },
  { id, email }: { id: string; email: string | null },
) {
  return email === null ? undefined : outbox.seal(factorsResetMail(mailSettings, email), id)
}

const anotherAdministrator = () => new AppError('forbidden', { detail: 'Another administrator must do this.' })

export function createFactorResets(dependencies: Dependencies): FactorResets {
  const { accounts, store, outbox, revocations, needsTwo } = dependencies

  const mailTo = async (userId: string) => {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('not_found')
    return sealFactorsResetMail(dependencies, account)
  }
  const finish = (userId: string, done: { readonly tokenVersion: number } | undefined) => {
    if (!done) throw new AppError('not_found')
    revocations.denyUser(userId, done.tokenVersion)
    outbox.posted()
  }
  const find = async (id: string) => {
    const waiting = await store.find(id)
    if (!waiting) throw new AppError('not_found')
    return waiting
  }

  return {
    async resetFactors(userId, administrator) {
      if (userId === administrator.userId) throw anotherAdministrator()
      if (!needsTwo) {
        finish(userId, await store.reset(userId, await mailTo(userId), administrator))
        return undefined
      }
      const waiting = await store.request(userId, resetSeconds, administrator)
      if (!waiting) throw new AppError('not_found')
      return toFactorReset(waiting)
    },

    async listFactorResets() {
      return { factor_resets: (await store.waiting(mostListed)).map(toFactorReset) }
    },

    async confirmFactorReset(id, administrator) {
      const waiting = await find(id)
      const { userId, requestedById } = waiting
      if ([userId, requestedById].includes(administrator.userId)) throw anotherAdministrator()
      finish(userId, await store.confirm(waiting, await mailTo(userId), administrator))
    },

    async cancelFactorReset(id, administrator) {
      if (!(await store.cancel(await find(id), administrator))) throw new AppError('not_found')
    },
  }
}
