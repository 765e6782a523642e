/** A letter, and what it says. Written when its cause is committed, sent when a mail server takes it. */

export type MailKind =
  | 'registration'
  | 'email_verification'
  | 'email_change'
  | 'email_changed'
  | 'password_reset'
  | 'password_changed'
  | 'already_registered'
  | 'account_deleted'

export type Mail = {
  readonly kind: MailKind
  /** As the person typed it when they gave it to us; never from the request that causes the letter. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  /** How long its link is good, from when it was posted; undefined where it has none. */
  readonly lifeSeconds?: number | undefined
}
