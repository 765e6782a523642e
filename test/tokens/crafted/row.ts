/** What a line of the tables says: how the request is made, and how it must be answered. */
import type { Wire } from './wire.ts'

/**
 * `let in`: 200. `invalid`: 401 with `error="invalid_token"`. `anonymous`: 401 with no error code, because no
 * credentials were presented (RFC 6750 §3.1). `too large` and `malformed`: what Node itself refuses.
 */
export type Verdict = 'let in' | 'invalid' | 'anonymous' | 'too large' | 'malformed'

export type Row = Wire & {
  /** A noun phrase; the verdict makes it a sentence. */
  name: string
  /** Sent as `Authorization: Bearer …`; other requests say their own `lines`. */
  token?: string
  /** On GET /auth/whoami, and on GET /auth/me where `onMe` does not differ. */
  verdict: Verdict
  onMe?: Verdict
  /** Whom a token that is let in speaks for, where that is not the context's own person and session. */
  speaksFor?: { sub?: string; sid?: string }
  /** The server's clock while the row is sent, seconds since 1970; `context.now` elsewhere. */
  at?: number
}

/** Tokens that are all refused: most of the tables. */
export const refused = (tokens: Record<string, string>): Row[] =>
  Object.entries(tokens).map(([name, token]) => ({ name, token, verdict: 'invalid' }))

/** Tokens that must work, so that a refusal elsewhere is known to have the reason that its name says. */
export const letIn = (tokens: Record<string, string>): Row[] =>
  Object.entries(tokens).map(([name, token]) => ({ name, token, verdict: 'let in' }))

export const bearer = (token: string) => `Authorization: Bearer ${token}`
