/**
 * The session as this tab holds it, and as the storage keeps it for all tabs. A newer record always wins: a late answer or a tab that was
 * frozen never puts an older token in the place of a newer one, because the server takes the use of such a token for theft.
 */
import type { CookieSession, TokenPair, User } from './api/types.ts'
import type { Channel } from './channel.ts'
import type { Mode } from './contract.ts'
import { StorageError } from './errors.ts'
import { isSameSession, parseRecord, recordOf, type SessionRecord } from './record.ts'
import type { TokenStorage } from './storage/token-storage.ts'

export type Held = {
  readonly record: SessionRecord
  /** By `performance.now()`, because the clock of a device jumps. */
  readonly validUntil: number
}

/** `text` is the present text of the storage, and `record` what it says. */
export type Stored = { readonly text: string | null; readonly record: SessionRecord | null }

export type SessionStore = ReturnType<typeof createSessionStore>

type Dependencies = {
  key: string
  mode: Mode
  storage: TokenStorage
  channel: Channel
  /** Is called after each change, with the record before it and the record after it. */
  onHold: (before: SessionRecord | null, now: SessionRecord | null) => void
}

export function createSessionStore({ key, mode, storage, channel, onHold }: Dependencies) {
  let held: Held | null = null
  /** Whether the storage has the held record. It has not if a write failed. */
  let isStored = false

  function hold(record: SessionRecord | null, { isOwn = false, wasStored = true } = {}): void {
    const before = held?.record ?? null
    isStored = wasStored
    if (!record && !held) return
    held = record && { record, validUntil: performance.now() + (isOwn ? record.lifetimeMs : remainingMs(record)) }
    onHold(before, record)
  }

  /** Another user object for the same answer of the server. */
  function changeUser(user: User | null): void {
    if (!held || !user || JSON.stringify(user) === JSON.stringify(held.record.user)) return
    const before = held.record
    held = { ...held, record: { ...before, user } }
    onHold(before, held.record)
  }

  /** An app on one device stores no access token: it refreshes when it starts. Cookie mode stores nothing about the user. */
  function textOf(record: SessionRecord): string {
    const isHidden = { ...(mode === 'cookie' && { user: null }), ...(!storage.isShared && { accessToken: undefined }) }
    return JSON.stringify({ ...record, ...isHidden })
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw new StorageError('The storage of the tokens has failed.', { cause })
    }
  }

  const replace = (expected: string | null, next: string | null) => attempt(() => storage.replace(key, expected, next))

  async function peek(): Promise<Stored> {
    const text = await attempt(() => storage.read(key))
    return { text, record: parseRecord(text) }
  }

  /** Holds the stored record, unless this tab holds a newer one. Returns the present state of the storage. */
  async function read(): Promise<Stored> {
    const stored = await peek()
    const { record, text } = stored
    if (!isSameSession(record, held?.record)) {
      // The cookies are in the browser. So in cookie mode only the server knows whether there is another session, or none.
      if (mode === 'bearer') hold(record)
    } else if (record && held && record.n > held.record.n) {
      hold({ ...record, user: record.user ?? held.record.user })
    } else if (record && held && record.n === held.record.n) {
      changeUser(record.user)
    } else if (record && held && isStored) {
      // A tab with an old view of the storage has put back an older record. Its token may have been used.
      if (await replace(text, textOf(held.record))) return peek()
    }
    return stored
  }

  /** Stores and then holds the record, if the storage still has `stored`. */
  async function write(stored: Stored, record: SessionRecord, isOwn: boolean): Promise<boolean> {
    if (!(await replace(stored.text, textOf(record)))) return false
    hold(record, { isOwn })
    channel.send(JSON.stringify(record))
    return true
  }

  return {
    held: () => held,
    peek,
    read,

    /** Holds the record of another tab's message if it is a newer one of the same session. Returns whether it was. */
    holdNewer(record: SessionRecord | null): boolean {
      if (!record || !held || !isSameSession(record, held.record) || record.n < held.record.n) return false
      if (record.n > held.record.n) hold(record)
      else changeUser(record.user)
      return true
    },

    /** Keeps the answer of a sign-in or a step-up in place of any earlier record. Rejects with StorageError if it cannot be stored. */
    async keep(answer: TokenPair | CookieSession): Promise<void> {
      for (;;) {
        const stored = await peek()
        const n = Math.max(stored.record?.n ?? 0, held?.record.n ?? 0) + 1
        if (await write(stored, recordOf(answer, n), true)) return
      }
    },

    /**
     * Keeps the answer of a refresh that presented `presented`, unless another tab has stored a later answer or the user has signed out. The
     * new token counts only when it is stored. If that fails, the next refresh presents the old one again, which the server allows.
     */
    async keepRefreshed(answer: TokenPair | CookieSession, presented: SessionRecord | null): Promise<void> {
      const record = recordOf(answer, (presented?.n ?? 0) + 1)
      try {
        for (;;) {
          const stored = await peek()
          const isGone = mode === 'bearer' && !stored.record
          const isOther = stored.record !== null && !isSameSession(stored.record, record)
          const isLater = stored.record !== null && stored.record.n >= record.n
          if (isGone || isOther || isLater) return void (await read())
          if (await write(stored, record, true)) return
        }
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        hold(record, { isOwn: true, wasStored: false })
      }
    },

    /** Holds what the server says of a session in cookie mode, and tells the other tabs if they do not know the session. */
    async keepStatus(record: SessionRecord, stored: Stored): Promise<void> {
      if (isSameSession(record, stored.record) || !(await write(stored, record, false))) hold(record)
    },

    /** Keeps the user of the held session, as the server has just described it. */
    async setUser(user: User): Promise<void> {
      const before = held?.record
      changeUser(user)
      if (!held || held.record === before) return
      const stored = await peek()
      if (!stored.record || !isSameSession(stored.record, before) || stored.record.n !== before?.n) return
      if (await replace(stored.text, textOf(held.record))) channel.send(JSON.stringify(held.record))
    },

    /** Removes the session if the storage still has `stored`. Returns whether it had. */
    async forget(stored: Stored): Promise<boolean> {
      if (!(await replace(stored.text, null))) return false
      hold(null)
      channel.send('null')
      return true
    },

    /** Makes the next request refresh first, if the session has not been refreshed since. */
    expire(used: Held): void {
      if (held === used) held = { record: used.record, validUntil: -Infinity }
    },
  }
}

/** The clock may have jumped since another tab wrote the record. Then the next request refreshes first. */
function remainingMs({ expiresAt, lifetimeMs, refreshToken, accessToken }: SessionRecord): number {
  const ms = expiresAt - Date.now()
  const isLost = refreshToken !== undefined && accessToken === undefined
  return isLost || ms > lifetimeMs ? -Infinity : ms
}
