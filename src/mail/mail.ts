/** A mail and its content. */
export type MailKind =
  | 'registration'
  | 'email_verification'
  | 'email_change'
  | 'email_changed'
  | 'password_reset'
  | 'password_changed'
  | 'already_registered'
  | 'factors_reset'
  | 'account_deleted'
  | 'sign_in'
  | 'reauthentication'
  | 'account_reclaimed'
  | 'factor_added'
  | 'factor_removed'
  | 'recovery_codes_created'
  | 'recovery_code_used'

export type Mail = {
  readonly kind: MailKind
  /** The address as the user gave it. It never comes from the request that causes the mail. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** How long the link, or else the code, is valid from the time of posting. Undefined if the mail has neither. */
  readonly lifeSeconds?: number | undefined
}

/** What every mail needs from the settings. Neither comes from a request: a forged Host header must not choose where links lead. */
export type MailSettings = {
  /** The origin that links lead to. */
  readonly linksTo: string
  /** The name by which users know this server. */
  readonly serviceName: string
}
