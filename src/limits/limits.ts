/**
 * Limits how often clients may try something. A guess at a password is counted before the password is checked, so that many guesses at once
 * get no more tries than guesses in sequence. The count is given back if the password was right.
 */
import { createHmac } from 'node:crypto'
import { AppError } from '../errors.ts'
import { type ServerSecrets, secretKeys } from '../secrets/server-secrets.ts'
import { type Budget, guessBudget, type LimitStore, windowBudget } from './budgets.ts'
import { clientAddress } from './client-address.ts'
import type { FactorAttempt, LimitedMail, LoginAttempt, MailLimit } from './limited.ts'
import { withLocalRefusals } from './local-refusals.ts'
import { mailboxOf, sharesOfTags } from './mailbox.ts'
import type { LimitName, Rate, Rates } from './rate.ts'

type Dependencies = {
  store: LimitStore
  rates: Rates
  secrets: ServerSecrets
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
}

const longestWithoutMailSeconds = 3600
/** A code has only six digits. So guesses at those of one account wait longer than guesses at its password. */
const longestFactorDelaySeconds = 3600

const guessNames = [
  'login_account',
  'login_address',
  'login_device',
  'factor_account',
  'factor_address',
  'factor_device',
  'session_password',
  'code_address',
] as const
/** `code_mailbox` has no waits that grow: a code has so few digits that a fixed number of guesses a day is the bound. */
export type GuessName = (typeof guessNames)[number] | 'code_mailbox'
type Name = Exclude<LimitName, 'requests'>

type Count = { name: GuessName; about: string; onSuccess: 'clear' | 'giveBack' }
type Outcome = { readonly matches: boolean }

export type Limits = {
  /**
   * Checks a password at login. Ends in `rate_limited` without a check if there were too many wrong passwords; `onRefused` is called for
   * the first refusal. A trusted device has its own budget, so that an attack on the account or from the same address does not lock its
   * user out. A refusal by the account counts against the address. A right password clears the wrong ones of the account, but not those of
   * the address. Otherwise an attacker could clear them by signing in to an account of their own.
   */
  readonly login: <T extends Outcome>(
    attempt: LoginAttempt,
    check: () => Promise<T>,
    onRefused: (name: GuessName) => Promise<void>,
  ) => Promise<T>
  /**
   * Checks a code of a second factor at a sign-in, as `login` checks a password. Whoever sends one knows the password of the account, and may
   * be a stranger. A code that is too long to be guessed is not counted for the account, so no wrong codes keep it from its user.
   */
  readonly factor: <T extends Outcome>(
    attempt: FactorAttempt,
    check: () => Promise<T>,
    onRefused: (name: GuessName) => Promise<void>,
  ) => Promise<T>
  /**
   * Checks a password within a session, or with the link of a mail. Either may be stolen, so wrong passwords count against it and not
   * against the user. Ends in `rate_limited`.
   */
  readonly inSession: <T extends Outcome>(session: string, check: () => Promise<T>) => Promise<T>
  /**
   * Checks a code from a mail. Wrong codes count for the client address, and for the mailbox that the mail went to, whether it has an account
   * or not. `mailbox` is undefined for a code that is not known. Ends in `rate_limited`.
   */
  readonly emailCode: <T extends Outcome>(
    about: { readonly mailbox: string | undefined; readonly ip: string | undefined },
    check: () => Promise<T>,
  ) => Promise<T>
  /** Forgets the wrong passwords at an account. Call it when the user has shown by other means who they are. */
  readonly forgiveAccount: (emailKey: string) => Promise<void>
  /** Counts a request of a client address. Ends in `rate_limited`. */
  readonly requireOfAddress: (name: 'register' | 'letters_address', ip: string | undefined) => Promise<void>
  /** Counts a mail to a mailbox. Ends in `rate_limited`, whether the mailbox has an account or not. Tags have a share of the budget. */
  readonly requireOfMailbox: (kind: MailLimit, mail: Pick<LimitedMail, 'emailKey' | 'ip'>) => Promise<void>
  /**
   * Counts a mail with a link to a mailbox, and says whether it may be sent. The answer of such a route must not tell the result. All tags
   * of a mailbox share one budget. Tags that no account has verified may not use all of it, and those of one client still less. Otherwise a
   * stranger who makes up tags could leave the owner without a mail. Beyond the budget, an address still gets a mail if it got none while a
   * link lives, an hour at most. An address with a tag gets none then, unless an account has verified it, because a stranger can make up
   * any number of tags.
   */
  readonly allowsMail: (kind: MailLimit, mail: LimitedMail) => Promise<boolean>
  /** Whether the account may get another trusted device. */
  readonly allowsNewDevice: (userId: string) => Promise<boolean>
}

export function createLimits({ store: shared, rates, secrets, clock }: Dependencies): Limits {
  const store = withLocalRefusals(shared, clock)
  const keys = secretKeys(secrets, 'limit-key')
  const guesses = new Set<Name>(guessNames)

  const budgetOf = (name: Name): Budget | undefined => {
    const rate = rates[name]
    if (rate && name === 'factor_account') return guessBudget(rate, longestFactorDelaySeconds)
    return rate && (guesses.has(name) ? guessBudget(rate) : windowBudget(rate))
  }
  // The key is an HMAC, because addresses can be guessed. A dump of the store does not tell who tried to log in.
  const keyOf = (name: Name, about: string): Buffer =>
    createHmac('sha256', keys.inForce()).update(`${name}:${about}`).digest()
  const reserve = async (name: Name, about: string, budget = budgetOf(name)) => {
    if (!budget) return undefined
    const key = keyOf(name, about)
    return { key, free: budget.free, ...(await store.reserve(key, budget)) }
  }

  /** Ends in `rate_limited` without a check if there were too many guesses. `onRefused` is called for the first refusal. */
  async function guess<T extends Outcome>(
    counts: readonly Count[],
    check: () => Promise<T>,
    onRefused: (name: GuessName) => Promise<void> = async () => {},
  ): Promise<T> {
    const held: { key: Buffer; count: number; onSuccess: Count['onSuccess'] }[] = []
    const giveBack = () => Promise.allSettled(held.map(({ key, count }) => store.giveBack(key, count)))
    for (const { name, about, onSuccess } of counts) {
      const reservation = await reserve(name, about)
      if (!reservation) continue
      if (reservation.allowed) held.push({ ...reservation, onSuccess })
      else {
        // The count of the client address stays. Otherwise the client could ask for a blocked account without end.
        if (reservation.first) await onRefused(name)
        throw tooMany(reservation)
      }
    }
    const outcome = await check().catch(async (error: unknown) => {
      // The client learned nothing about the password.
      await giveBack()
      throw error
    })
    if (outcome.matches) {
      const settled = held.map(({ key, count, onSuccess }) =>
        onSuccess === 'clear' ? store.clear(key) : store.giveBack(key, count),
      )
      await Promise.allSettled(settled)
    }
    return outcome
  }

  const allows = async (name: Name, about: string, budget?: Budget) =>
    (await reserve(name, about, budget))?.allowed ?? true

  /** Counts a mail to a tag of a mailbox. Returns the refusal if all tags, or those of this client, have used up their share. */
  async function refusalOfTags(kind: MailLimit, mailbox: string, ip: string | undefined, rate: Rate) {
    const { all, client } = sharesOfTags(rate)
    // The client comes first, so that a client beyond its share does not use up the share of the others.
    const ofClient = `${kind} tags ${clientAddress(ip)} ${mailbox}`
    for (const [about, share] of [
      [ofClient, client],
      [`${kind} tags ${mailbox}`, all],
    ] as const) {
      const reservation = await reserve('letters_mailbox', about, windowBudget(share))
      if (reservation?.allowed === false) return reservation
    }
    return undefined
  }

  return {
    login({ emailKey, ip, device }, check, onRefused) {
      const counts: Count[] = device
        ? [{ name: 'login_device', about: `${device.userId} ${device.id}`, onSuccess: 'clear' }]
        : [
            { name: 'login_address', about: clientAddress(ip), onSuccess: 'giveBack' },
            { name: 'login_account', about: emailKey, onSuccess: 'clear' },
          ]
      return guess(counts, check, onRefused)
    },

    factor({ userId, ip, device, isShort }, check, onRefused) {
      if (device) {
        return guess(
          [{ name: 'factor_device', about: `${device.userId} ${device.id}`, onSuccess: 'clear' }],
          check,
          onRefused,
        )
      }
      const counts: Count[] = [{ name: 'factor_address', about: clientAddress(ip), onSuccess: 'giveBack' }]
      if (isShort && userId !== undefined) counts.push({ name: 'factor_account', about: userId, onSuccess: 'clear' })
      return guess(counts, check, onRefused)
    },

    inSession: (session, check) => guess([{ name: 'session_password', about: session, onSuccess: 'clear' }], check),

    emailCode({ mailbox, ip }, check) {
      const counts: Count[] = [{ name: 'code_address', about: clientAddress(ip), onSuccess: 'giveBack' }]
      if (mailbox !== undefined) counts.push({ name: 'code_mailbox', about: mailbox, onSuccess: 'clear' })
      return guess(counts, check)
    },

    forgiveAccount: (emailKey) => store.clear(keyOf('login_account', emailKey)),

    async requireOfAddress(name, ip) {
      const reservation = await reserve(name, clientAddress(ip))
      if (reservation?.allowed === false) throw tooMany(reservation)
    },

    async requireOfMailbox(kind, { emailKey, ip }) {
      const rate = rates.letters_mailbox
      if (!rate) return
      const { mailbox, isTagged } = mailboxOf(emailKey)
      const refusal = isTagged ? await refusalOfTags(kind, mailbox, ip, rate) : undefined
      const reservation = refusal ?? (await reserve('letters_mailbox', `${kind} ${mailbox}`))
      if (reservation?.allowed === false) throw tooMany(reservation)
    },

    async allowsMail(kind, { emailKey, ip, linkSeconds, isVerified = false }) {
      const rate = rates.letters_mailbox
      if (!rate) return true
      const { mailbox, isTagged } = mailboxOf(emailKey)
      const refusal = isTagged ? await refusalOfTags(kind, mailbox, ip, rate) : undefined
      const mayCount = !refusal || isVerified
      // What may not count is counted elsewhere, in vain. So the time of a request does not tell whether an account has verified the email.
      const counted = await allows('letters_mailbox', `${kind} ${mayCount ? '' : 'refused '}${mailbox}`)
      const seconds = Math.min(linkSeconds, longestWithoutMailSeconds)
      const isDue = await allows('letters_mailbox', `${kind} due ${emailKey}`, windowBudget({ count: 1, seconds }))
      return (mayCount && counted) || (isDue && (isVerified || !isTagged))
    },

    allowsNewDevice: (userId) => allows('new_devices', userId),
  }
}

const tooMany = ({ waitSeconds, free }: { waitSeconds: number; free: number }) =>
  new AppError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)), limit: free })
