/** SQL about the row of a session, for larger statements. The row is named `s`, and the row of its user `u`. */
import { sql } from '../database/sql.ts'

/** The session is neither revoked by itself nor expired. */
export const isOpen = sql`s.revoked_at IS NULL
  AND statement_timestamp() < least(s.idle_expires_at, s.absolute_expires_at)`

/** The session is open, and did not end together with all sessions of its user. */
export const isLive = sql`s.epoch >= u.sessions_valid_from AND ${isOpen}`

/** The columns that an access token needs, with the names of `LiveSession`. date_part, because extract computes in decimals. */
export const sessionColumns = sql`s.amr, s.remembered, floor(date_part('epoch', s.authenticated_at))::int AS "authTime",
  greatest(round(date_part('epoch', least(s.idle_expires_at, s.absolute_expires_at) - statement_timestamp())), 1)::int
    AS "secondsLeft"`
