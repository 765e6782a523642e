/** The codes in which the use of a passkey can end. */
import type { ErrorCode } from '../../errors.ts'

export const passkeyErrors = [
  'invalid_challenge',
  'unknown_passkey',
  'passkey_origin_refused',
  'invalid_factor',
  'account_disabled',
  'email_not_verified',
] as const satisfies readonly ErrorCode[]

/** The codes in which adding a passkey can end. */
export const addingErrors = [
  'invalid_challenge',
  'invalid_passkey',
  'passkey_origin_refused',
  'passkey_exists',
  'too_many_passkeys',
] as const satisfies readonly ErrorCode[]
