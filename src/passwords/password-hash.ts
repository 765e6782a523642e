/**
 * Password hashes: bcrypt over an HMAC of the password, because bcrypt alone reads only the first 72 bytes. The stored form is
 * `hmac-sha384:<pepper id or ->:<bcrypt>`. It names the scheme, the pepper and the cost, so that a login can renew an older hash.
 */
import { createHmac } from 'node:crypto'
import bcrypt from 'bcrypt'

export type Pepper = { readonly id: string; readonly key: string }
export type PasswordCheck = {
  readonly matches: boolean
  /** A stronger hash of the same password, to be stored in place of the old one. */
  readonly renewed?: string
}

export type PasswordHashes = {
  /** The form to store. */
  readonly hash: (password: string) => Promise<string>
  /** Takes the same time for `undefined` (no such account) as for a wrong password. */
  readonly check: (password: string, existing: string | undefined) => Promise<PasswordCheck>
}

type Dependencies = {
  /** Newest first. The newest one is used for new hashes. */
  peppers: readonly Pepper[]
  cost: number
  /** Runs each hash or comparison, at once or in its turn. Its errors are those of `hash` and `check`. */
  run: <T>(task: () => Promise<T>) => Promise<T>
}

const scheme = 'hmac-sha384'
// The key of the HMAC is our own, so that an unsalted SHA-384 hash that leaked elsewhere cannot stand in for the password.
const label = 'countersign password v1'
const stored = /^hmac-sha384:(-|[A-Za-z0-9]{1,16}):(\$2b\$(\d\d)\$.{53})$/

export function createPasswordHashes({ peppers, cost, run }: Dependencies): PasswordHashes {
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

  return {
    hash,

    async check(password, existing) {
      const [, pepperId = '-', hashed = nobody, itsCost] = stored.exec(existing ?? '') ?? []
      const pepper = peppers.find(({ id }) => id === pepperId)
      if (existing !== undefined && (itsCost === undefined || (pepperId !== '-' && !pepper))) {
        throw new Error(`a stored password hash is of an unknown scheme or needs the missing pepper "${pepperId}"`)
      }
      const matches = (await run(() => bcrypt.compare(condense(password, pepper), hashed))) && itsCost !== undefined
      if (!matches) return { matches: false }
      const current = pepperId === (newest?.id ?? '-') && Number(itsCost) === cost
      return current ? { matches } : { matches, renewed: await hash(password) }
    },
  }
}
