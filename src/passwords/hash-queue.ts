/**
 * Runs a bounded number of password hashes at once, lets a few more wait, and refuses the rest. Requesters who have shown who they are
 * wait in a lane of their own, so that a flood of logins by strangers does not keep them out.
 */
import { AppError } from '../errors.ts'
import { createHashLane, type HashLane, type Requester } from './hash-lane.ts'

/** A place in the queue that is kept for a request which does other work first. To use it gives it back. */
export type KeptPlace = { readonly use: () => void }

export type HashQueue = {
  /**
   * Runs the task when it is its turn. Ends in `overloaded` (503) at once if there is no room for this requester. A task with a kept place
   * uses that one.
   */
  <T>(requester: Requester, task: () => Promise<T>, kept?: KeptPlace): Promise<T>
  /**
   * Keeps a place while the request does other work, such as queries. So a flood of requests does not do work for which there will be no
   * room. Ends in `overloaded` if there is no room.
   */
  readonly withPlace: <T>(requester: Requester, work: (place: KeptPlace) => Promise<T>) => Promise<T>
  /** The tasks that run and wait now, and the number of refused ones since the start. */
  readonly stats: () => { readonly running: number; readonly waiting: number; readonly refused: number }
}

// A user has few reasons to log in on many devices at once.
const ofAccount = 4
// Of so many turns, strangers get one, even if the other lane is never empty.
const turnsForEachStranger = 4

/**
 * At most `running` tasks run, and in each of the two lanes `waiting` tasks wait. So a storm of logins does not slow down the verification
 * of tokens. A task counts whether its password turns out right or wrong, because both cost a hash.
 */
export function createHashQueue({ running, waiting }: { running: number; waiting: number }): HashQueue {
  // Many users of one office share an address. The devices that they use every day are trusted.
  const trusted = createHashLane({ waiting, ofAddress: waiting / 2, ofAccount })
  const strangers = createHashLane({ waiting, ofAddress: waiting / 4, ofAccount })
  let active = 0
  let refused = 0
  let turn = 0

  const laneOf = (requester: Requester): HashLane => (requester.trusted ? trusted : strangers)

  function requireRoom(hasRoom: boolean): void {
    if (hasRoom) return
    refused++
    throw new AppError('overloaded', { retryAfterSeconds: 2 })
  }

  async function withPlace<T>(requester: Requester, work: (place: KeptPlace) => Promise<T>): Promise<T> {
    const lane = laneOf(requester)
    requireRoom(lane.canKeep(requester, running - active))
    let isKept = true
    lane.keep(requester, 1)
    const use = () => {
      if (isKept) lane.keep(requester, -1)
      isKept = false
    }
    try {
      return await work({ use })
    } finally {
      use()
    }
  }

  function startNext(): boolean {
    const [first, second] = ++turn % turnsForEachStranger === 0 ? [strangers, trusted] : [trusted, strangers]
    const start = first.next() ?? second.next()
    start?.()
    return start !== undefined
  }

  async function enqueue<T>(requester: Requester, task: () => Promise<T>, kept?: KeptPlace): Promise<T> {
    kept?.use()
    if (active >= running) requireRoom(laneOf(requester).hasRoom(requester))
    if (active >= running) await new Promise<void>((resolve) => laneOf(requester).add(requester, resolve))
    else active++
    try {
      return await task()
    } finally {
      // A waiting task takes over the slot, so `active` decreases only if no task waits.
      if (!startNext()) active--
    }
  }

  return Object.assign(enqueue, {
    withPlace,
    stats: () => ({ running: active, waiting: trusted.size() + strangers.size(), refused }),
  })
}
