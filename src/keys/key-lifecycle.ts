/**
 * Which key does what, and when: arithmetic over what is stored, so that all nodes come to the same result by themselves.
 *
 *   next       published, does not sign yet; there is always one, known to everybody, in case the signing key must go
 *   signing    the newest whose time has come
 *   retiring   has signed; verifies until the last token it may have signed has expired
 *   revoked    its tokens are denied, and it is not published
 *   gone       nothing needs it any more
 */

export type KeyState = 'signing' | 'next' | 'retiring' | 'revoked' | 'gone'

/** Times in milliseconds since 1970, by the database's clock. */
export type KeyTimes = {
  readonly kid: string
  readonly publishedAt: number
  readonly signsFrom: number
  readonly revokedAt: number | null
  /** The longest life of the tokens it signs. */
  readonly tokenSeconds: number
}

export type Timing = {
  /** From publication to the first signature, at least: until nobody's copy of the published keys lacks it. */
  readonly leadMs: number
  /** From the first signature to that of the key after it. */
  readonly signMs: number
}

/** A change that is due. */
export type KeyChange =
  | { readonly do: 'publish'; readonly signsFrom: number }
  | { readonly do: 'move'; readonly kid: string; readonly signsFrom: number }
  | { readonly do: 'remove'; readonly kid: string }

/** A node that has heard nothing of the database for longer signs nothing: it may not know that a key has taken over. */
export const signsWithoutNewsMs = 30_000
// The last signature of a key comes this much after the first of the next one, at most. Clocks differ by five seconds.
const lastSignatureMs = signsWithoutNewsMs + 10_000

const order: readonly KeyState[] = ['signing', 'next', 'retiring', 'revoked', 'gone']

/** Every key with its state: the signing one first, then the next ones in their order, then the latest to retire. */
export function withStates<Key extends KeyTimes>(keys: readonly Key[], now: number): (Key & { state: KeyState })[] {
  const newestFirst = keys.toSorted((a, b) => b.signsFrom - a.signsFrom || (a.kid < b.kid ? -1 : 1))
  const live = newestFirst.filter(({ revokedAt }) => revokedAt === null)
  // Where the newest that has signed is revoked, the first of the next ones stands in: one that has retired never returns.
  const newest = newestFirst.find(({ signsFrom, revokedAt }) => signsFrom <= (revokedAt ?? now))
  const signing =
    newest?.revokedAt === null ? newest : live.findLast(({ signsFrom }) => signsFrom >= (newest?.signsFrom ?? 0))

  const endsAt = (key: Key): number => {
    if (key.revokedAt !== null) return key.revokedAt + lastSignatureMs + key.tokenSeconds * 1000
    const successor = live[live.indexOf(key) - 1]
    return (successor?.signsFrom ?? Infinity) + lastSignatureMs + key.tokenSeconds * 1000
  }
  const stateOf = (key: Key): KeyState => {
    if (key === signing) return 'signing'
    if (key.revokedAt === null && key.signsFrom > now) return 'next'
    if (endsAt(key) <= now) return 'gone'
    return key.revokedAt === null ? 'retiring' : 'revoked'
  }

  const states = newestFirst.map((key) => ({ ...key, state: stateOf(key) }))
  const rank = ({ state }: { state: KeyState }) => order.indexOf(state)
  const within = (a: KeyTimes & { state: KeyState }, b: KeyTimes) =>
    a.state === 'next' ? a.signsFrom - b.signsFrom : b.signsFrom - a.signsFrom
  return states.toSorted((a, b) => rank(a) - rank(b) || within(a, b))
}

/** The changes that are due; none where all is as it should be. Once they are made, there may be others. */
export function changesDue(keys: readonly KeyTimes[], now: number, { leadMs, signMs }: Timing): KeyChange[] {
  const states = withStates(keys, now)
  const gone = states.filter(({ state }) => state === 'gone').map(({ kid }) => ({ do: 'remove', kid }) as const)
  const [signing] = states
  if (signing?.state !== 'signing') return [...gone, { do: 'publish', signsFrom: now }]
  if (signing.signsFrom > now) return [...gone, { do: 'move', kid: signing.kid, signsFrom: now }]
  const due = signing.signsFrom + signMs
  const next = states.find(({ state }) => state === 'next')
  if (!next) return [...gone, { do: 'publish', signsFrom: Math.max(now + leadMs, due) }]
  const signsFrom = Math.max(now, next.publishedAt + leadMs, due)
  return signsFrom < next.signsFrom ? [...gone, { do: 'move', kid: next.kid, signsFrom }] : gone
}
