/** Which users must prove a second factor. docs/reference/factors.md has the table. */
import type { Account } from '../accounts/account-store.ts'
import { adminRole } from '../accounts/last-admin-store.ts'
import type { Config } from '../config/config.ts'
import type { Goal } from './attempt.ts'
import { includesPossession, isTwoFactors, joinMethods } from './methods.ts'

/** A way to go on with a sign-in. */
export type FactorName = 'totp' | 'passkey' | 'recovery_code' | 'email_code' | 'email_link' | 'password'
/** A factor that a user without one can add during the sign-in. */
export type AddedFactor = 'totp' | 'passkey'

/** What the user owes. Any one of the factors will do. `enrolment` is there if the user must add one first. */
export type Owed = { factors: FactorName[]; enrolment?: AddedFactor[] | undefined }

type Holder = Pick<Account, 'factorKinds' | 'roles'>

export type FactorPolicy = {
  /** Whether the user must have a second factor. */
  readonly requires: (account: Pick<Holder, 'roles'>) => boolean
  /** Whether the user has a second factor and is asked for it. */
  readonly asks: (account: Pick<Holder, 'factorKinds'>) => boolean
  /** What is owed after these proofs. Undefined if nothing is. */
  readonly owes: (account: Holder, goal: Goal, proven: readonly string[]) => Owed | undefined
}

export function createFactorPolicy(config: Pick<Config, 'factorsRequired' | 'factorsRequiredRoles'>): FactorPolicy {
  const { factorsRequired, factorsRequiredRoles } = config
  const isOff = factorsRequired === 'never'
  const roles = new Set([...factorsRequiredRoles, ...(factorsRequired === 'administrators' ? [adminRole] : [])])

  const requires = (account: Pick<Holder, 'roles'>) =>
    !isOff && (factorsRequired === 'always' || account.roles.some((role) => roles.has(role)))

  const asks = (account: Pick<Holder, 'factorKinds'>) => !isOff && account.factorKinds.length > 0

  return {
    requires,
    asks,

    owes(account, goal, proven) {
      const has = account.factorKinds as AddedFactor[]
      const offered = { factors: [...has, 'recovery_code'] satisfies FactorName[] }
      if (goal !== 'session') {
        // The session was begun with a password or a mail before. So the thing that the user has is enough, and it is asked for each time:
        // whoever found out the password must not be able to remove it.
        return !asks(account) || includesPossession(proven) ? undefined : offered
      }
      if (isOff || isTwoFactors(joinMethods([], proven))) return undefined
      if (has.length > 0) return offered
      return requires(account) ? { factors: [], enrolment: ['totp', 'passkey'] } : undefined
    },
  }
}
