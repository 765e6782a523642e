/** A line of hashes that wait. It serves client addresses in turn, so that one address with many requests delays no other one. */

/** Where a request for a hash comes from. */
export type Requester = {
  /** The key of the client address, see limits/client-address.ts. */
  readonly address: string
  /** The account that the hash is about: its id, or the key of its email. */
  readonly account: string
  /** Whether the requester has shown who they are: by a session, a trusted device or the link of a mail. */
  readonly trusted: boolean
}

export type Bounds = {
  /** The most hashes that wait. */
  readonly waiting: number
  /** The most of them for one client address. */
  readonly ofAddress: number
  /** The most of them for one account. */
  readonly ofAccount: number
}

type Place = Pick<Requester, 'address' | 'account'>
type Waiting = { readonly account: string; readonly start: () => void }

export type HashLane = {
  readonly size: () => number
  readonly hasRoom: (place: Place) => boolean
  /** Keeps one more place for a request that does other work first, or one less. */
  readonly keep: (change: 1 | -1) => void
  /** Call it only if there is room. `start` is called when the turn comes. */
  readonly add: (place: Place, start: () => void) => void
  /** Removes the hash that is next, and returns its `start`. */
  readonly next: () => (() => void) | undefined
}

export function createHashLane({ waiting, ofAddress, ofAccount }: Bounds): HashLane {
  // A Map keeps the order of its keys. The first address is the next one to be served.
  const addresses = new Map<string, Waiting[]>()
  const accounts = new Map<string, number>()
  let size = 0
  let kept = 0

  function count(account: string, change: 1 | -1): void {
    const left = (accounts.get(account) ?? 0) + change
    if (left === 0) accounts.delete(account)
    else accounts.set(account, left)
    size += change
  }

  return {
    size: () => size,

    hasRoom({ address, account }) {
      const mine = addresses.get(address)?.length ?? 0
      // Half of the places are for addresses that have none yet. So a few busy addresses cannot take them all.
      const most = mine === 0 ? waiting : waiting / 2
      return size + kept < most && mine < ofAddress && (accounts.get(account) ?? 0) < ofAccount
    },

    keep: (change) => void (kept += change),

    add({ address, account }, start) {
      const mine = addresses.get(address) ?? []
      mine.push({ account, start })
      addresses.set(address, mine)
      count(account, 1)
    },

    next() {
      const [first] = addresses
      if (!first) return undefined
      const [address, mine] = first
      const served = mine.shift()
      addresses.delete(address)
      // The address goes to the end of the line.
      if (mine.length > 0) addresses.set(address, mine)
      if (served) count(served.account, -1)
      return served?.start
    },
  }
}
