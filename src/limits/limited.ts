/** What the limits see of a login, a code or a mail. */

/** A login, as the limits see it. */
export type LoginAttempt = {
  /** The key of the address, whether it has an account or not. */
  readonly emailKey: string
  readonly ip: string | undefined
  /** The trusted device of this account, if the login comes from one. */
  readonly device: { readonly id: string; readonly userId: string } | undefined
}
/** A code of a second factor, as the limits see it. */
export type FactorAttempt = {
  /** Undefined for an attempt that belongs to no account. */
  readonly userId: string | undefined
  readonly ip: string | undefined
  /** The trusted device of this account, if the code comes from one. */
  readonly device: LoginAttempt['device']
  /** Whether the code has so few digits that it could be guessed. */
  readonly isShort: boolean
}
/** Each kind of mail has a budget of its own. */
export type MailLimit = 'register' | 'resend' | 'email_change' | 'password_reset' | 'sign_in' | 'reauthentication'
export type LimitedMail = {
  readonly emailKey: string
  /** The client that asks for the mail. */
  readonly ip: string | undefined
  /** How long the link in the mail works. */
  readonly linkSeconds: number
  /** Whether an account has verified this address. */
  readonly isVerified?: boolean
}
