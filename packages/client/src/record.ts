/** The stored part of a session. In cookie mode it holds no token and no user: it only tells the tabs of each other's refreshes. */
import type { CookieSession, SessionSignedIn, TokenPair, User } from './api/types.ts'

export type SessionRecord = {
  sessionId: string
  /** Counts the answers of the server that this device has kept of the session. */
  n: number
  user: User | null
  /** By the clock of the device, in milliseconds. Other tabs use it once, when they read the record. */
  expiresAt: number
  lifetimeMs: number
  refreshToken?: string | undefined
  accessToken?: string | undefined
}

export function recordOf(answer: TokenPair | CookieSession, n: number): SessionRecord {
  const lifetimeMs = answer.expires_in * 1000
  const tokens = answer.mode === 'bearer' && { refreshToken: answer.refresh_token, accessToken: answer.access_token }
  const { session_id: sessionId, user } = answer
  return { sessionId, n, user, expiresAt: Date.now() + lifetimeMs, lifetimeMs, ...tokens }
}

/** The record of a session in cookie mode that the server has told about. */
export function recordOfStatus({ principal, user }: SessionSignedIn, n: number): SessionRecord {
  const lifetimeMs = (principal.exp - principal.iat) * 1000
  // The token works now. If the clock of the device says otherwise, the clock is wrong.
  const leftMs = principal.exp * 1000 - Date.now()
  const isPlausible = leftMs > 0 && leftMs <= lifetimeMs
  return { sessionId: principal.sid, n, user, expiresAt: Date.now() + (isPlausible ? leftMs : lifetimeMs), lifetimeMs }
}

/** The record in this text, or null if there is none or another program wrote it. */
export function parseRecord(text: string | null): SessionRecord | null {
  try {
    const record = JSON.parse(text ?? 'null') as Partial<SessionRecord> | null
    const isOurs = typeof record?.sessionId === 'string' && typeof record.n === 'number'
    return isOurs ? (record as SessionRecord) : null
  } catch {
    return null
  }
}

export const isSameSession = (one: SessionRecord | null | undefined, other: SessionRecord | null | undefined) =>
  one?.sessionId === other?.sessionId
