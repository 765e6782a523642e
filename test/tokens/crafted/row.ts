/** A row of the tables: a request, and the expected response. */
import type { Wire } from './wire.ts'

/**
 * `let in`: 200. `invalid`, `expired` and `revoked`: 401 with `error="invalid_token"`. `anonymous`: 401 with no error code, because no
 * credentials were presented (RFC 6750 §3.1). `too large` and `malformed`: what Node itself refuses.
 */
export type Verdict = 'let in' | 'invalid' | 'expired' | 'revoked' | 'anonymous' | 'too large' | 'malformed'

export type Row = Wire & {
  /** A noun phrase. Together with the verdict it becomes the title of the test. */
  name: string
  /** Is sent as `Authorization: Bearer …`. Other requests have `lines`. */
  token?: string
  /** The verdict on GET /auth/whoami, and on GET /auth/me unless `onMe` is set. */
  verdict: Verdict
  onMe?: Verdict
  /** The principal of an accepted token, if it is not the user and session of the context. */
  speaksFor?: { sub?: string; sid?: string }
  /** The clock of the server while the row is sent, in seconds since 1970. `context.now` if it is not set. */
  at?: number
}

/** Rows of tokens that are refused. */
export const refused = (tokens: Record<string, string>): Row[] =>
  Object.entries(tokens).map(([name, token]) => ({ name, token, verdict: 'invalid' }))

/** Rows of tokens that are accepted. They show that the refused ones are refused for the reason in their name. */
export const letIn = (tokens: Record<string, string>): Row[] =>
  Object.entries(tokens).map(([name, token]) => ({ name, token, verdict: 'let in' }))

export const bearer = (token: string) => `Authorization: Bearer ${token}`
