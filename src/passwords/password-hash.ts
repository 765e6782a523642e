/**
 * Password hashes: bcrypt over an HMAC of the password, because bcrypt alone reads only the first 72 bytes. The stored form is
 * `hmac-sha384:<pepper id or ->:<bcrypt>`. It names the scheme, the pepper and the cost, so that a login can renew an older hash. A hash that
 * another system made is compared in its own scheme (foreign/) and renewed too.
 */
import { createHmac } from 'node:crypto'
import bcrypt from 'bcrypt'
import { readForeignHash } from './foreign/foreign-hash.ts'

export type Pepper = { readonly id: string; readonly key: string }
export type PasswordCheck = {
  readonly matches: boolean
  /** A stronger hash of the same password, to be stored in place of the old one. */
  readonly renewed?: string
}

export type PasswordHashes = {
  /** The form to store. */
  readonly hash: (password: string) => Promise<string>
  /**
   * Takes the same time without a hash (no such account, or no password) as for a wrong password. A hash that cannot be compared is
   * reported with the id of its user, and then takes this time too and matches nothing.
   */
  readonly check: (password: string, existing: string | null | undefined, userId?: string) => Promise<PasswordCheck>
}

/** A stored hash that no password can be compared with. It tells nothing of the hash but the name of its scheme. */
export type UnusableHash = { readonly userId: string | undefined; readonly scheme: string; readonly reason: string }

type Dependencies = {
  /** Newest first. The newest one is used for new hashes. */
  peppers: readonly Pepper[]
  cost: number
  /** Runs each hash or comparison, at once or in its turn. Its errors are those of `hash` and `check`. */
  run: <T>(task: () => Promise<T>) => Promise<T>
  /** Is told of every comparison with a hash that cannot be compared. */
  onUnusable?: ((hash: UnusableHash) => void) | undefined
}

type Comparison = { scheme: string; matches: (password: string) => Promise<boolean>; isCurrent: boolean }

const scheme = 'hmac-sha384'
// The key of the HMAC is our own, so that an unsalted SHA-384 hash that leaked elsewhere cannot stand in for the password.
const label = 'countersign password v1'
const stored = /^hmac-sha384:(-|[A-Za-z0-9]{1,16}):(\$2b\$(\d\d)\$[./A-Za-z0-9]{53})$/
// The most that BCRYPT_COST allows.
const mostCost = 16

export function createPasswordHashes({ peppers, cost, run, onUnusable }: Dependencies): PasswordHashes {
  const [newest] = peppers

  // NFKC makes the same password from two keyboards the same bytes. 64 characters of base64 fit into bcrypt's 72 bytes.
  const condense = (password: string, pepper: Pepper | undefined) =>
    createHmac('sha384', pepper ? `${label}:${pepper.key}` : label)
      .update(password.normalize('NFKC'))
      .digest('base64')

  const hash = async (password: string) =>
    `${scheme}:${newest?.id ?? '-'}:${await run(() => bcrypt.hash(condense(password, newest), cost))}`

  // A well-formed hash of no known password. A comparison with it costs the same as one with the hash of an account.
  const nobody = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`

  /** How a password is compared with this hash, or the scheme and the reason why it cannot be. */
  function read(existing: string): Comparison | { scheme: string; reason: string } {
    if (!existing.startsWith(`${scheme}:`)) {
      const foreign = readForeignHash(existing, (password, hashed) => bcrypt.compare(password, hashed))
      if ('fault' in foreign) return { scheme: foreign.scheme, reason: foreign.fault }
      const { scheme: its, matches } = foreign
      return { scheme: its, matches: (password) => matches(Buffer.from(password)), isCurrent: false }
    }
    const [, pepperId, hashed, itsCost] = stored.exec(existing) ?? []
    if (hashed === undefined) return { scheme, reason: 'broken' }
    if (Number(itsCost) > mostCost) return { scheme, reason: 'beyond the limits' }
    const pepper = peppers.find(({ id }) => id === pepperId)
    if (pepperId !== '-' && !pepper) return { scheme, reason: `the pepper "${pepperId}" is missing` }
    return {
      scheme,
      matches: (password) => bcrypt.compare(condense(password, pepper), hashed),
      isCurrent: pepperId === (newest?.id ?? '-') && Number(itsCost) === cost,
    }
  }

  const compareWithNobody = (password: string) => bcrypt.compare(condense(password, newest), nobody)

  return {
    hash,

    async check(password, existing, userId) {
      const found = existing === undefined || existing === null ? undefined : read(existing)
      const refuse = async (unusable?: { scheme: string; reason: string }): Promise<PasswordCheck> => {
        if (unusable) onUnusable?.({ userId, ...unusable })
        await run(() => compareWithNobody(password))
        return { matches: false }
      }
      if (!found || 'reason' in found) return refuse(found)
      const matches = await run(() => found.matches(password).catch(() => undefined))
      if (matches === undefined) return refuse({ scheme: found.scheme, reason: 'its computation failed' })
      if (!matches) return { matches }
      return found.isCurrent ? { matches } : { matches, renewed: await hash(password) }
    },
  }
}
