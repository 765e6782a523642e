/**
 * Opens the account of an address when one of its links is used. The link proves the mailbox, and the password says which registration is
 * the user's: a stranger may have registered the same address. So any link of the address will do, also one that a stranger's request
 * caused. Each link works once, and each address gets one account.
 */
import type { Config } from '../config/config.ts'
import { AppError, invalidMember } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { PasswordHashes } from '../passwords/password-hash.ts'
import type { PasswordPolicy } from '../passwords/password-policy.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Chosen, PendingAddress, RegistrationStore } from './registration-store.ts'

type Dependencies = {
  registrations: Pick<RegistrationStore, 'findByLink' | 'open'>
  hashing: Pick<Hashing, 'of'>
  requireGoodPassword: PasswordPolicy
  limits: Pick<Limits, 'inSession'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  signup: Config['signup']
}

/** The password of the user's registration, or a new one. */
export type PasswordChoice = {
  readonly password?: string | undefined
  readonly newPassword?: string | undefined
  /** Whether the link was named by the code of its mail, which only the client that registered can use. */
  readonly byCode?: boolean
}

const noPassword = () => invalidMember('/password', 'password_required')
const noSuchRegistration = () =>
  new AppError('invalid_credentials', {
    detail:
      'Nobody registered this email with this password. Enter the password of your registration, or choose a new one.',
  })

/**
 * Ends in `invalid_one_time_token`, or in `email_taken` if the address got an account otherwise. Ends in `invalid_credentials` or
 * `rate_limited` if no registration of the address has the password. Ends in `invalid_request` if there is no password or the new one is
 * too weak, or in `overloaded`. Ends in `signup_closed` if registration is closed. Only the first of these uses the link up.
 */
export type OpenAccount = (hash: Buffer, choice: PasswordChoice, context: RequestContext) => Promise<void>

export function createOpenAccount(dependencies: Dependencies): OpenAccount {
  const { registrations, hashing, requireGoodPassword, limits, revocations, signup } = dependencies

  /** The registration with this password, stored with a stronger hash if there is one. */
  async function findOwn(password: string, pending: PendingAddress, passwords: PasswordHashes) {
    for (const { name, passwordHash } of pending.registrations) {
      const { matches, renewed } = await passwords.check(password, passwordHash)
      if (matches) return { matches, chosen: { name, passwordHash: renewed ?? passwordHash } }
    }
    return { matches: false } as const
  }

  async function choose(
    pending: PendingAddress,
    hash: Buffer,
    choice: PasswordChoice,
    passwords: PasswordHashes,
  ): Promise<Chosen> {
    const { password, newPassword } = choice
    if (newPassword !== undefined) {
      requireGoodPassword(newPassword, pending.email, '/new_password')
      return { name: null, passwordHash: await passwords.hash(newPassword) }
    }
    if (password === undefined) {
      const [own] = pending.registrations
      // The passkey is the one that this client made. With the link alone, it could be that of a stranger.
      if (choice.byCode && own?.passkey) return own
      throw noPassword()
    }
    const link = `link ${hash.toString('base64url')}`
    const found = await limits.inSession(link, () => findOwn(password, pending, passwords))
    if (!found.matches) throw noSuchRegistration()
    return found.chosen
  }

  return async function openAccount(hash, choice, context) {
    const pending = await registrations.findByLink(hash)
    if (!pending) throw new AppError('invalid_one_time_token')
    if (signup === 'closed') throw new AppError('signup_closed')
    const passwords = hashing.of({ address: clientAddress(context.ip), account: pending.emailKey, trusted: true })
    const chosen = await choose(pending, hash, choice, passwords)
    const { userId, ended } = await registrations.open(hash, chosen, context)
    if (ended) revocations.denyUser(userId, ended.tokenVersion)
  }
}
