/** What is written down of what happened: who, to whom, from where. Never a secret, never what somebody typed. */
import type { RequestContext } from '../http/request-context.ts'

export const auditTypes = [
  'account_registered',
  'registration_repeated',
  'login_succeeded',
  'login_failed',
  'login_refused',
  'refresh_replayed',
  'refresh_rekeyed',
  'refresh_reused',
  'refresh_ahead',
  'refresh_ended',
  'logout',
  'session_replaced',
  'session_signed_out',
  'sessions_signed_out',
  'reauthenticated',
  'reauthentication_failed',
  'password_changed',
  'password_change_failed',
  'password_reset_requested',
  'password_reset',
  'email_verification_requested',
  'email_verified',
  'email_change_requested',
  'email_changed',
  'account_exported',
  'account_deleted',
  'admin_roles_changed',
  'admin_account_disabled',
  'admin_account_enabled',
  'admin_email_verified',
  'admin_sessions_ended',
  'key_rotated',
  'key_revoked',
] as const
export type AuditType = (typeof auditTypes)[number]

export type AuditEvent = {
  readonly type: AuditType
  /** Who did it; undefined where nobody had shown who they are. */
  readonly actorId?: string | undefined
  /** Whom it was done to. */
  readonly subjectId?: string | undefined
  /** The session it was done in. */
  readonly sessionId?: string | undefined
  /** Undefined for what did not come by a request. */
  readonly context?: RequestContext | undefined
  /** Ids, numbers and words of our own. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined
}
