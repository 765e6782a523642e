/**
 * Password hashes: bcrypt over an HMAC of the password. bcrypt alone reads only the first 72 bytes.
 * Stored as `hmac-sha384:<pepper id or ->:<bcrypt>`, so that a login can tell an older scheme, pepper or cost and renew it.
 */
import { createHmac } from 'node:crypto'
import bcrypt from 'bcrypt'
import { createHashQueue } from './hash-queue.ts'

export type Pepper = { readonly id: string; readonly key: string }
export type PasswordCheck = {
  readonly matches: boolean /** Store this in place of the old hash. */
  readonly renewed?: string
}

const scheme = 'hmac-sha384'
// A fixed key of our own, so that a bare SHA-384 or bcrypt hash leaked elsewhere cannot stand in for the password.
const label = 'countersign password v1'
const stored = /^hmac-sha384:(-|[A-Za-z0-9]{1,16}):(\$2b\$(\d\d)\$.{53})$/

/**
 * `peppers` newest first. `cores` is how many hashes may run at once, `queue` how many may wait; beyond that, calls end
 * in `overloaded`.
 */
export function createPasswordHashes(options: {
  peppers: readonly Pepper[]
  cost: number
  cores: number
  queue: number
}) {
  const enqueue = createHashQueue({ running: options.cores, waiting: options.queue })
  const newest = options.peppers[0]

  // NFKC: one password typed on two keyboards is one password. 64 characters of base64 fit bcrypt's 72 bytes.
  const condense = (password: string, pepper: Pepper | undefined) =>
    createHmac('sha384', pepper ? `${label}:${pepper.key}` : label)
      .update(password.normalize('NFKC'))
      .digest('base64')

  const hash = async (password: string) =>
    `${scheme}:${newest?.id ?? '-'}:${await enqueue(() => bcrypt.hash(condense(password, newest), options.cost))}`

  // Well-formed, of today's cost, and the hash of nothing known: comparing with it costs what a wrong password costs.
  const nobody = `$2b$${String(options.cost).padStart(2, '0')}$${'.'.repeat(53)}`

  return {
    /** Ends in `overloaded` where a hash would, before any other work is done. */
    requireRoom: enqueue.requireRoom,

    /** Hashes that run and wait now, and how many have been refused. */
    stats: enqueue.stats,

    /** The form to store. */
    hash,

    /** Takes the same time for `undefined` (no such account) as for a wrong password. */
    async check(password: string, existing: string | undefined): Promise<PasswordCheck> {
      const [, pepperId = '-', hashed = nobody, cost] = stored.exec(existing ?? '') ?? []
      const pepper = options.peppers.find(({ id }) => id === pepperId)
      if (existing !== undefined && (cost === undefined || (pepperId !== '-' && !pepper))) {
        throw new Error(`a stored password hash is of an unknown scheme or needs the missing pepper "${pepperId}"`)
      }
      const matches = (await enqueue(() => bcrypt.compare(condense(password, pepper), hashed))) && cost !== undefined
      if (!matches) return { matches: false }
      const current = pepperId === (newest?.id ?? '-') && Number(cost) === options.cost
      return current ? { matches } : { matches, renewed: await hash(password) }
    },
  }
}

export type PasswordHashes = ReturnType<typeof createPasswordHashes>
