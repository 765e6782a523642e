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
  /** Whether a place can be kept for a request that does other work first. `free` hashes more could run at once, without a place. */
  readonly canKeep: (place: Place, free: number) => boolean
  /** Keeps one more place, or one less. */
  readonly keep: (place: Place, change: 1 | -1) => void
  /** Call it only if there is room. `start` is called when the turn comes. */
  readonly add: (place: Place, start: () => void) => void
  /** Removes the hash that is next, and returns its `start`. */
  readonly next: () => (() => void) | undefined
}

export function createHashLane({ waiting, ofAddress, ofAccount }: Bounds): HashLane {
  // A Map keeps the order of its keys. The first address is the next one to be served.
  const addresses = new Map<string, Waiting[]>()
  // Half of the places are for addresses that have none yet. So a few busy addresses cannot take them all.
  const most = (mine: number) => (mine === 0 ? waiting : waiting / 2)
  const accounts = new Map<string, number>()
  const keepers = new Map<string, number>()
  let size = 0
  let kept = 0

  function count(of: Map<string, number>, key: string, change: 1 | -1): void {
    const left = (of.get(key) ?? 0) + change
    if (left === 0) of.delete(key)
    else of.set(key, left)
  }

  const waitingOf = ({ address }: Place) => addresses.get(address)?.length ?? 0
  const isWithinShare = (place: Place) => waitingOf(place) < ofAddress && (accounts.get(place.account) ?? 0) < ofAccount

  return {
    size: () => size,

    hasRoom: (place) => size + kept < most(waitingOf(place)) && isWithinShare(place),

    canKeep(place, free) {
      const mine = waitingOf(place) + (keepers.get(place.address) ?? 0)
      return size + kept < most(mine) + free && (free > 0 || isWithinShare(place))
    },

    keep({ address }, change) {
      count(keepers, address, change)
      kept += change
    },

    add({ address, account }, start) {
      const mine = addresses.get(address) ?? []
      mine.push({ account, start })
      addresses.set(address, mine)
      count(accounts, account, 1)
      size++
    },

    next() {
      const [first] = addresses
      if (!first) return undefined
      const [address, mine] = first
      const served = mine.shift()
      addresses.delete(address)
      // The address goes to the end of the line.
      if (mine.length > 0) addresses.set(address, mine)
      if (!served) return undefined
      count(accounts, served.account, -1)
      size--
      return served.start
    },
  }
}
