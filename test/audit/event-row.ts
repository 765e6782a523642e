/** The rows of the table of events. */
import type { AuditType } from '../../src/audit/audit-event.ts'
import type { Registered } from '../setup/client.ts'

/** The ids that the event must have: those of the user, of the administrator, or none. */
type Ids = {
  readonly actor: 'user' | 'admin' | null
  readonly subject: 'user' | null
  readonly session: 'user' | 'admin' | 'new' | null
}
/** The event belongs to the last request of `act`. */
export type Row = readonly [type: AuditType, Ids, act: (ada: Registered) => Promise<unknown>, detail?: object]

export type Send = (
  method: string,
  path: string,
  given?: { body?: unknown; token?: string; cookies?: string; at?: string },
) => Promise<Response>

/** By the user, in their session. */
export const ownSession = { actor: 'user', subject: 'user', session: 'user' } as const
/** By the user, with a link from a mail and without a session. */
export const byMail = { actor: 'user', subject: 'user', session: null } as const
/** About the user, by a request that is not authenticated. */
export const stranger = { actor: null, subject: 'user', session: null } as const
