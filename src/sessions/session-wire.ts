/** The members of a session that every answer shows the same way. */
import type { ListedSession } from './session-list-store.ts'

export type SessionOnWire = Pick<ListedSession, 'id' | 'mode' | 'device' | 'ip'> & {
  readonly created_at: string
  readonly refreshed_at: string
  /** When the session expires unless it is refreshed. */
  readonly expires_at: string
}

export const toSessionOnWire = (session: ListedSession): SessionOnWire => ({
  id: session.id,
  mode: session.mode,
  device: session.device,
  ip: session.ip,
  created_at: session.createdAt.toISOString(),
  refreshed_at: session.rotatedAt.toISOString(),
  expires_at: new Date(Math.min(+session.idleExpiresAt, +session.absoluteExpiresAt)).toISOString(),
})
