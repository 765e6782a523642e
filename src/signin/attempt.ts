/** A sign-in under way: what it leads to, and what has been proven. */
import type { Account } from '../accounts/account-store.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Consumption, Records } from '../sessions/spent-proof-sql.ts'

/** The client that signs in. */
export type Client = {
  readonly mode: Mode
  /** The refresh token that the client had before. Its session ends. */
  readonly previous?: string | undefined
  /** The trusted device token of the client. */
  readonly device?: string | undefined
  /** Cookie mode: the cookie of the browser that began the attempt. */
  readonly binding?: string | undefined
  /** Whether the session outlives the browser. */
  readonly remembered: boolean
  /** Whether the user wants this device to skip the second factor for a while. */
  readonly trustsDevice?: boolean | undefined
  readonly context: RequestContext
}

/** The session whose user signs in again, and the methods by which the user signed in to it before. */
export type Reauthenticating = {
  readonly sessionId: string
  readonly before: readonly string[]
}

/** What an attempt leads to: a new session, or a recent sign-in in a session that goes on. */
export type Goal = 'session' | { readonly renews: Reauthenticating }

/** A sign-in that was stored, because more than one request belongs to it. */
export type StoredAttempt = {
  /** The `attempt` that the client has. */
  readonly token: string
  /** SHA-256 of the token. */
  readonly id: Buffer
  /** Null for a sign-in by mail with an email that has no account. */
  readonly userId: string | null
  /** The version of the credentials that the proofs were checked against. Null before the first proof. */
  readonly credentialVersion: number | null
  readonly secondsLeft: number
}

export type SigninAttempt = {
  readonly goal: Goal
  readonly client: Client
  /** The methods of the proofs so far (RFC 8176). */
  readonly amr: readonly string[]
  /** Undefined for a sign-in of one request. */
  readonly stored?: StoredAttempt | undefined
}

/** The account as it was when the proof was checked, and the methods of the proof (RFC 8176). */
export type Proof = {
  readonly account: Account
  readonly amr: readonly string[]
  /** Uses up a code or a challenge, in the statement that the proof leads to. */
  readonly consumes?: Consumption | undefined
  /** Written in the same statement if the proof is accepted. */
  readonly records?: Records | undefined
}
