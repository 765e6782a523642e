/** A sign-in under way: what it leads to, and what has been proven. */
import type { Account } from '../accounts/account-store.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'

/** The client that signs in. */
export type Client = {
  readonly mode: Mode
  /** The refresh token that the client had before. Its session ends. */
  readonly previous?: string | undefined
  /** The trusted device token of the client. */
  readonly device?: string | undefined
  /** Whether the session outlives the browser. */
  readonly remembered: boolean
  readonly context: RequestContext
}

/** The session whose user signs in again. */
export type Reauthenticating = { readonly sessionId: string; readonly context: RequestContext }

/** What an attempt leads to: a new session for a client, or a recent sign-in in a session that goes on. */
type Goal = { readonly starts: Client } | { readonly renews: Reauthenticating }

/** `amr` are the methods (RFC 8176) of the proofs so far. */
export type SigninAttempt = { readonly goal: Goal; readonly amr: readonly string[] }

/** The account as it was when the proof was checked, and the methods of the proof (RFC 8176). */
export type Proof = { readonly account: Account; readonly amr: readonly string[] }
