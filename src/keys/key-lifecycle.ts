/**
 * The state of each signing key, computed from the stored times, so that all nodes come to the same result by themselves.
 *
 *   next       It is published and does not sign yet. There is always one, so that every verifier knows the key that
 *              replaces a revoked signing key.
 *   signing    It is the newest key whose time to sign has come.
 *   retiring   It has signed. It verifies until the last token that it may have signed has expired.
 *   revoked    Its tokens are denied, and it is not published.
 *   gone       All its tokens have expired. It can be removed.
 */

export type KeyState = 'signing' | 'next' | 'retiring' | 'revoked' | 'gone'

/** Times in milliseconds since 1970, by the database's clock. */
export type KeyTimes = {
  readonly kid: string
  readonly publishedAt: number
  readonly signsFrom: number
  readonly revokedAt: number | null
  /** The longest life of the tokens that it signs. */
  readonly tokenSeconds: number
}

export type Timing = {
  /** The shortest time from publication to the first signature. Then every verifier's copy of the keys has the key. */
  readonly leadMs: number
  /** The time from the first signature of a key to the first signature of the next key. */
  readonly signMs: number
}

/** A change that is due. */
export type KeyChange =
  | { readonly do: 'publish'; readonly signsFrom: number }
  | { readonly do: 'move'; readonly kid: string; readonly signsFrom: number }
  | { readonly do: 'remove'; readonly kid: string }

/** A node that could not read the keys for longer does not sign, because another key may have taken over. */
export const signsWithoutNewsMs = 30_000
// A key may still sign for this long after the next key has begun to. The ten seconds cover clocks that differ by five.
const lastSignatureMs = signsWithoutNewsMs + 10_000

const order: readonly KeyState[] = ['signing', 'next', 'retiring', 'revoked', 'gone']

/** Every key with its state: first the signing key, then the next keys in their order, then the others, newest first. */
export function withStates<Key extends KeyTimes>(keys: readonly Key[], now: number): (Key & { state: KeyState })[] {
  const newestFirst = keys.toSorted((a, b) => b.signsFrom - a.signsFrom || (a.kid < b.kid ? -1 : 1))
  const live = newestFirst.filter(({ revokedAt }) => revokedAt === null)
  // If the newest key that has signed is revoked, the first of the next keys stands in. A retired key never signs again.
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

/** The changes that are due now. When they are made, others may be due. */
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
