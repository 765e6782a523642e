/** What the table of events is made of. */
import type { AuditType } from '../../src/audit/audit-event.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'

/** Who is written down: the person, the administrator, or nobody. */
type Ids = {
  readonly actor: 'person' | 'admin' | null
  readonly subject: 'person' | null
  readonly session: 'person' | 'admin' | 'new' | null
}
/** The last request of `act` is the one that is written down. */
export type Row = readonly [type: AuditType, Ids, act: (person: TokenPair) => Promise<unknown>, detail?: object]

export type Send = (
  method: string,
  path: string,
  given?: { body?: unknown; token?: string; cookies?: string; at?: string },
) => Promise<Response>

/** In their own session. */
export const theirs = { actor: 'person', subject: 'person', session: 'person' } as const
/** By whoever has the mailbox, in no session. */
export const byMail = { actor: 'person', subject: 'person', session: null } as const
/** About them, by somebody who is not logged in. */
export const stranger = { actor: null, subject: 'person', session: null } as const
