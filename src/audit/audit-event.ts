/** An audit event: who did what to whom, and from where. It never holds a secret, or text that a client sent. */
import type { RequestContext } from '../http/request-context.ts'

export const auditTypes = [
  'account_registered',
  'registration_repeated',
  'login_succeeded',
  'login_failed',
  'login_refused',
  'refresh_replayed',
  'refresh_forked',
  'refresh_reused',
  'refresh_ahead',
  'refresh_superseded',
  'refresh_ended',
  'logout',
  'session_replaced',
  'session_evicted',
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
  'email_code_exhausted',
  'email_change_requested',
  'email_changed',
  'sign_in_mail_requested',
  'factor_added',
  'passkey_counter_reversed',
  'trusted_device_added',
  'trusted_device_removed',
  'trusted_devices_removed',
  'factor_renamed',
  'factor_removed',
  'factor_failed',
  'factor_refused',
  'recovery_codes_created',
  'recovery_code_used',
  'sign_in_approved',
  'account_reclaimed',
  'account_exported',
  'account_deleted',
  'admin_roles_changed',
  'admin_account_disabled',
  'admin_account_enabled',
  'admin_email_verified',
  'admin_sessions_ended',
  'admin_factors_reset',
  'admin_factor_reset_requested',
  'admin_factor_reset_cancelled',
  'admin_refused',
  'key_rotated',
  'key_revoked',
] as const
export type AuditType = (typeof auditTypes)[number]

export type AuditEvent = {
  readonly type: AuditType
  /** The user who acted. Undefined without a sign-in. */
  readonly actorId?: string | undefined
  /** The user that the event is about. */
  readonly subjectId?: string | undefined
  /** The session of the action. */
  readonly sessionId?: string | undefined
  /** Undefined if no request caused the event. */
  readonly context?: RequestContext | undefined
  /** Ids, numbers and fixed words. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined
}
