/**
 * Who may try what how often. A guess at a password is counted before the password is looked at, so that many at once
 * get no more tries than one after the other; what turns out to be no guess is taken back.
 */
import { createHmac } from 'node:crypto'
import { AppError } from '../errors.ts'
import { deriveKeys } from '../secrets/derive-keys.ts'
import { type Budget, guessBudget, type LimitStore, windowBudget } from './budgets.ts'
import { clientAddress } from './client-address.ts'
import { withLocalRefusals } from './local-refusals.ts'
import type { LimitName, Rates } from './rate.ts'

type Dependencies = {
  store: LimitStore
  rates: Rates
  /** The server's secrets, newest first, and which of them is in force. */
  secrets: readonly string[]
  secretInForce: () => number
}

const guessNames = ['login_account', 'login_address', 'login_device', 'session_password'] as const
type GuessName = (typeof guessNames)[number]
type Name = Exclude<LimitName, 'requests'>

/** Who logs in. */
export type Guesser = {
  /** Of the address that was typed, known or not. */
  readonly emailKey: string
  readonly ip: string | undefined
  /** Their device, where it is one that this account has been logged in on. */
  readonly device: { readonly id: string; readonly userId: string } | undefined
}
type Count = { name: GuessName; about: string; onSuccess: 'clear' | 'giveBack' }
type Outcome = { readonly matches: boolean }

export function createLimits({ store: shared, rates, secrets, secretInForce }: Dependencies) {
  const store = withLocalRefusals(shared)
  const keys = deriveKeys(secrets, 'limit-key')
  const guesses = new Set<Name>(guessNames)

  const budgetOf = (name: Name): Budget | undefined => {
    const rate = rates[name]
    return rate && (guesses.has(name) ? guessBudget(rate) : windowBudget(rate))
  }
  // Keyed, because addresses can be guessed: a dump of the store tells nobody who tried to log in.
  const keyOf = (name: Name, about: string): Buffer => {
    const key = keys[secretInForce()]
    if (!key) throw new Error('the server secret in force is not in the list')
    return createHmac('sha256', key).update(`${name}:${about}`).digest()
  }
  const reserve = async (name: Name, about: string) => {
    const budget = budgetOf(name)
    if (!budget) return undefined
    const key = keyOf(name, about)
    return { key, free: budget.free, ...(await store.reserve(key, budget)) }
  }

  /** Ends in `rate_limited` where there have been too many; the check is not made then. `onRefused` hears of the first. */
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
        await giveBack()
        if (reservation.first) await onRefused(name)
        throw tooMany(reservation)
      }
    }
    const outcome = await check().catch(async (error: unknown) => {
      // Nobody learnt anything about the password.
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

  const allows = async (name: Name, about: string) => (await reserve(name, about))?.allowed ?? true

  return {
    /**
     * Checks a password at login. A device that the account knows has a budget of its own, so that neither an attack on the
     * account nor one from the same address is in its way. A right password forgets the account's wrong ones, and not the
     * address's: else an attacker would log in to an account of theirs now and then.
     */
    login<T extends Outcome>(
      { emailKey, ip, device }: Guesser,
      check: () => Promise<T>,
      onRefused: (name: GuessName) => Promise<void>,
    ): Promise<T> {
      const counts: Count[] = device
        ? [{ name: 'login_device', about: `${device.userId} ${device.id}`, onSuccess: 'clear' }]
        : [
            { name: 'login_address', about: clientAddress(ip), onSuccess: 'giveBack' },
            { name: 'login_account', about: emailKey, onSuccess: 'clear' },
          ]
      return guess(counts, check, onRefused)
    },

    /** Checks a password that somebody gives in a session, maybe a stolen one: the person's other sessions are not slowed. */
    inSession: <T extends Outcome>(sessionId: string, check: () => Promise<T>): Promise<T> =>
      guess([{ name: 'session_password', about: sessionId, onSuccess: 'clear' }], check),

    /** Counts what comes from an address. Ends in `rate_limited`. */
    async requireOfAddress(name: 'register' | 'letters_address', ip: string | undefined): Promise<void> {
      const reservation = await reserve(name, clientAddress(ip))
      if (reservation?.allowed === false) throw tooMany(reservation)
    },

    /** Counts a letter to a mailbox. Ends in `rate_limited`, whoever has the mailbox. */
    async requireOfMailbox(kind: string, emailKey: string): Promise<void> {
      const reservation = await reserve('letters_mailbox', `${kind} ${emailKey}`)
      if (reservation?.allowed === false) throw tooMany(reservation)
    },

    /** Counts a letter to a mailbox; whether it may be sent. For where the answer must not tell. */
    allowsLetter: (kind: string, emailKey: string) => allows('letters_mailbox', `${kind} ${emailKey}`),

    /** Whether another device may become known to the account. */
    allowsNewDevice: (userId: string) => allows('new_devices', userId),
  }
}

export type Limits = ReturnType<typeof createLimits>

const tooMany = ({ waitSeconds, free }: { waitSeconds: number; free: number }) =>
  new AppError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)), limit: free })
