/** The user and session that a verified request speaks for. Frozen. Times in seconds since 1970. */
export type Principal = {
  readonly userId: string
  readonly sessionId: string
  readonly tokenId: string
  /** The key that signed the token. */
  readonly keyId: string
  readonly roles: readonly string[]
  readonly tokenVersion: number
  readonly authTime: number
  /** How the user signed in (RFC 8176). */
  readonly amr: readonly string[]
  /** How strongly the user signed in: `aal2` with two factors, `aal1` with one. */
  readonly acr: string
  readonly issuedAt: number
  readonly expiresAt: number
  readonly scope: string | undefined
}
