/** The members of a session that every answer shows the same way. */
import type { Session } from '../database/generated/client.ts'

type Shown = Pick<
  Session,
  'id' | 'mode' | 'device' | 'ip' | 'createdAt' | 'rotatedAt' | 'idleExpiresAt' | 'absoluteExpiresAt'
>

export type SessionOnWire = Pick<Session, 'id' | 'mode' | 'device' | 'ip'> & {
  readonly created_at: string
  readonly refreshed_at: string
  /** When the session expires unless it is refreshed. */
  readonly expires_at: string
}

export const toSessionOnWire = (session: Shown): SessionOnWire => ({
  id: session.id,
  mode: session.mode,
  device: session.device,
  ip: session.ip,
  created_at: session.createdAt.toISOString(),
  refreshed_at: session.rotatedAt.toISOString(),
  expires_at: new Date(Math.min(+session.idleExpiresAt, +session.absoluteExpiresAt)).toISOString(),
})
