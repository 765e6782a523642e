/** The types of the API. npm run openapi makes this file from openapi.yaml. Do not edit it. */

import type { SignInResult } from '../contract.ts'

/**
 * Null is the same as no body.
 */
export type PasskeyOptionsWish = {
  /**
   * From the answer `factor_required`.
   */
  attempt?: string
} | null

export interface Registration {
  email: string
  /**
   * At least 8 characters (the server may require more) and at most 256. Passwords that are common or easy to guess are refused, and so are passwords with the name of the email address. A long password is better than a complicated one.
   */
  password: string
  name?: string
  /**
   * Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it when it is closed.
   */
  remember?: boolean
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
}
export interface Credentials {
  email: string
  password: string
  /**
   * Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it when it is closed.
   */
  remember?: boolean
  /**
   * In bearer mode: the device token of the last login on this device. Wrong passwords and codes from elsewhere do not delay the login then.
   */
  device_token?: string
}
/**
 * An access token and the refresh token that follows it.
 */
export interface TokenPair {
  status: 'signed_in'
  mode: 'bearer'
  /**
   * JWT (RFC 9068). Send it as `Authorization: Bearer …`.
   */
  access_token: string
  token_type: 'Bearer'
  /**
   * Seconds until the access token expires.
   */
  expires_in: number
  /**
   * Valid for one refresh. Keep it where other apps cannot read it.
   */
  refresh_token: string
  /**
   * Seconds until the session expires unless it is refreshed.
   */
  refresh_expires_in: number
  session_id: string
  /**
   * After a login. Keep it when you log out, and send it with the next login: it marks a trusted device.
   */
  device_token?: string
  /**
   * After a registration. Send it with the code in the mail, instead of the token of the link.
   */
  verification_id?: string
  /**
   * After a sign-in that added the first factor: the recovery codes of the user, shown once.
   */
  recovery_codes?: string[]
  user: User
}
/**
 * A user who can log in.
 */
export interface User {
  id: string
  /**
   * Null if the user has no email. A user who registered always has one.
   */
  email: string | null
  /**
   * Whether the user has verified the address. False without an address.
   */
  email_verified: boolean
  name: string | null
  roles: string[]
  created_at: string
  updated_at: string
}
/**
 * In cookie mode the tokens are in cookies, and not in the body.
 */
export interface CookieSession {
  status: 'signed_in'
  mode: 'cookie'
  /**
   * Seconds until the access token expires.
   */
  expires_in: number
  /**
   * Seconds until the session expires unless it is refreshed.
   */
  refresh_expires_in: number
  session_id: string
  /**
   * After a registration. Send it with the code in the mail, instead of the token of the link.
   */
  verification_id?: string
  /**
   * After a sign-in that added the first factor: the recovery codes of the user, shown once.
   */
  recovery_codes?: string[]
  user: User
}
/**
 * The user must prove more before a session begins.
 */
export interface FactorRequired {
  status: 'factor_required'
  /**
   * Send it with the proof. In cookie mode it works only in this browser.
   */
  attempt: string
  /**
   * Any one of these proofs will do.
   */
  factors: ('totp' | 'passkey' | 'recovery_code' | 'email_code' | 'email_link' | 'password')[]
  /**
   * There if the user must add a factor first, and has none yet. The user may add any one of these.
   */
  enrolment?: ('totp' | 'passkey')[]
  /**
   * Seconds until the attempt ends.
   */
  expires_in: number
  /**
   * Of a sign-in by mail: two digits. Show them, because the user enters them if they open the link on another device.
   */
  number?: string
  /**
   * After a registration. Send it with the code in the mail, instead of the token of the link.
   */
  verification_id?: string
}
/**
 * The access token works.
 */
export interface SessionSignedIn {
  status: 'signed_in'
  /**
   * How the client carries its tokens.
   */
  mode: 'bearer' | 'cookie'
  principal: Whoami
  user: User
}
/**
 * The claims of an access token.
 */
export interface Whoami {
  /**
   * The user.
   */
  sub: string
  /**
   * The session.
   */
  sid: string
  /**
   * Empty if the user has none.
   */
  roles: string[]
  /**
   * How the user logged in (RFC 8176).
   */
  amr: string[]
  /**
   * How strongly the user signed in: `aal2` with two factors, `aal1` with one.
   */
  acr: string
  /**
   * When the user logged in, in seconds since 1970.
   */
  auth_time: number
  /**
   * When the token was issued.
   */
  iat: number
  /**
   * When the token expires.
   */
  exp: number
  scope?: string
}
/**
 * The access token is missing or works no more, and there is a cookie with a refresh token. `POST /auth/refresh` tells whether the user is still signed in.
 */
export interface SessionRefreshRequired {
  status: 'refresh_required'
}
/**
 * Nobody is signed in.
 */
export interface SessionSignedOut {
  status: 'signed_out'
}
/**
 * Why a request failed (RFC 9457).
 */
export interface Problem {
  type: 'about:blank'
  /**
   * The phrase of the HTTP status.
   */
  title: string
  status: number
  /**
   * A sentence about the error. It may change; `code` does not.
   */
  detail: string
  code:
    | 'invalid_request'
    | 'malformed_body'
    | 'invalid_one_time_token'
    | 'invalid_code'
    | 'two_credentials'
    | 'authentication_required'
    | 'invalid_token'
    | 'token_expired'
    | 'token_revoked'
    | 'invalid_credentials'
    | 'invalid_refresh_token'
    | 'invalid_client'
    | 'reauthentication_required'
    | 'second_factor_required'
    | 'csrf_rejected'
    | 'account_disabled'
    | 'forbidden'
    | 'email_not_verified'
    | 'signup_closed'
    | 'not_found'
    | 'method_not_allowed'
    | 'request_timeout'
    | 'email_taken'
    | 'last_admin'
    | 'export_running'
    | 'precondition_failed'
    | 'payload_too_large'
    | 'uri_too_long'
    | 'unsupported_media_type'
    | 'range_not_satisfiable'
    | 'rate_limited'
    | 'too_many_waiting'
    | 'headers_too_large'
    | 'internal_error'
    | 'overloaded'
    | 'not_ready'
    | 'database_unavailable'
    | 'wrong_number'
    | 'invalid_passkey'
    | 'invalid_factor'
    | 'attempt_ended'
    | 'invalid_challenge'
    | 'unknown_passkey'
    | 'passkey_origin_refused'
    | 'last_factor'
    | 'no_factor'
    | 'too_many_apps'
    | 'approval_pending'
    | 'mail_not_enough'
    | 'passkey_exists'
    | 'too_many_passkeys'
  /**
   * Whether the same request may succeed later.
   */
  retryable: boolean
  /**
   * How long to wait before the same request. `Retry-After` says the same.
   */
  retry_after_seconds?: number
  /**
   * The same id is in the `X-Request-Id` header and in the log.
   */
  request_id?: string
  /**
   * The faults of the body, each with a JSON Pointer.
   */
  errors?: {
    /**
     * A JSON Pointer (RFC 6901) into the body, or into the query.
     */
    path: string
    /**
     * A code that a client can translate. It never changes its meaning.
     */
    code:
      | 'required'
      | 'unknown_member'
      | 'wrong_type'
      | 'too_short'
      | 'too_long'
      | 'too_few'
      | 'too_many'
      | 'invalid'
      | 'too_small'
      | 'too_large'
      | 'not_allowed'
      | 'invalid_format'
      | 'invalid_uuid'
      | 'invalid_time'
      | 'invalid_email'
      | 'invalid_cursor'
      | 'invalid_role'
      | 'repeated_role'
      | 'roles_too_long'
      | 'control_characters'
      | 'broken_unicode'
      | 'before_1970'
      | 'not_with_email'
      | 'not_six_digits'
      | 'not_two_digits'
      | 'not_with_token'
      | 'not_with_other_proof'
      | 'redirect_not_allowed'
      | 'not_in_cookie_mode'
      | 'nothing_to_verify'
      | 'password_unchanged'
      | 'password_required'
      | 'password_too_short'
      | 'password_common'
      | 'password_contains_email'
      | 'password_service_name'
      | 'password_season'
      | 'password_sequence'
      | 'password_repetition'
    /**
     * The values in the text of the code, such as `min`.
     */
    params?: {
      [k: string]: string | number
    }
    /**
     * The text of the code in English, fit to be shown beside the member.
     */
    message: string
  }[]
}
export interface PasskeyRegistrationWish {
  email: string
  name?: string
}
/**
 * For `PublicKeyCredential.parseCreationOptionsFromJSON`.
 */
export interface PasskeyCreationOptions {
  rp: {
    id: string
    name: string
  }
  user: {
    /**
     * The bytes of the id of the user, in base64url.
     */
    id: string
    name: string
    displayName: string
  }
  /**
   * It works once, for ten minutes.
   */
  challenge: string
  pubKeyCredParams: {
    type: 'public-key'
    alg: number
  }[]
  /**
   * Milliseconds.
   */
  timeout: number
  /**
   * The passkeys that the user has. An authenticator with one of them makes no other.
   */
  excludeCredentials: {
    type: 'public-key'
    id: string
    transports?: string[]
  }[]
  authenticatorSelection: {
    residentKey: 'required' | 'preferred'
    requireResidentKey: boolean
    userVerification: 'required' | 'preferred' | 'discouraged'
  }
  attestation: 'none'
  extensions: {
    credProps: true
  }
  hints: string[]
}
export interface PasskeyRegistration {
  /**
   * The same as for the options.
   */
  email: string
  name?: string
  credential: CreatedPasskey
  /**
   * A name by which the user recognises the passkey.
   */
  passkey_name?: string
  /**
   * Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it when it is closed.
   */
  remember?: boolean
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
}
/**
 * The result of `navigator.credentials.create`, by its `toJSON`.
 */
export interface CreatedPasskey {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string | null
  response: {
    clientDataJSON: string
    attestationObject: string
    /**
     * How a browser can reach the authenticator.
     *
     */
    transports?: string[]
  }
}
/**
 * The request was accepted. A mail is sent if this address needs one.
 */
export interface Accepted {
  status: 'accepted'
  /**
   * Send it with the code in the mail, instead of the token of the link. It is there whether a mail is sent or not.
   */
  verification_id: string
}
export interface EmailVerification {
  /**
   * What stood behind `#token=` in the link.
   */
  token?: string
  /**
   * Instead of a token, together with a code: from the answer to the request that sent the mail.
   */
  verification_id?: string
  /**
   * The six digits in the mail.
   */
  code?: string
  /**
   * For a link that opens an account: the password of the registration.
   */
  password?: string
  /**
   * The same, for a user who wants another password.
   */
  new_password?: string
}
export interface EmailRequest {
  email: string
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
}
export interface FactorStep {
  /**
   * From the answer `factor_required`.
   */
  attempt: string
  method: 'totp' | 'recovery_code' | 'email_code' | 'email_link'
  /**
   * For every method but `email_link`.
   */
  code?: string
  /**
   * For `email_link`, if the link was opened in this browser or app: what stood behind `#token=`.
   */
  token?: string
  /**
   * Whether this device skips the second factor for a while, if the settings allow it. Default: false.
   */
  trust_device?: boolean
  /**
   * In bearer mode: the device token of the last login on this device. Wrong passwords and codes from elsewhere do not delay the login then.
   */
  device_token?: string
}
export interface TotpEnrolment {
  /**
   * From the answer `factor_required`.
   */
  attempt: string
}
/**
 * An authenticator app that is not confirmed yet. The secret is shown this once.
 */
export interface TotpBegun {
  id: string
  /**
   * For users who type it: 160 bits in base32.
   */
  secret: string
  /**
   * For a link that opens an authenticator app on the same device.
   */
  uri: string
  /**
   * The same URI as an SVG image of a QR code.
   */
  qr_svg: string
}
export interface TotpEnrolmentConfirmation {
  /**
   * From the answer `factor_required`.
   */
  attempt: string
  /**
   * The six digits that the app shows.
   */
  code: string
  /**
   * Whether this device skips the second factor for a while, if the settings allow it. Default: false.
   */
  trust_device?: boolean
  /**
   * In bearer mode: the device token of the last login on this device. Wrong passwords and codes from elsewhere do not delay the login then.
   */
  device_token?: string
}
export interface EmailSignIn {
  email: string
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
  /**
   * Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it when it is closed.
   */
  remember?: boolean
}
export interface OpenedSignInLink {
  /**
   * What stood behind `#token=` in the link.
   */
  token: string
}
/**
 * A sign-in by mail that waits for the approval of its user.
 */
export interface PendingSignIn {
  /**
   * The browser and the system that asked for the mail, as far as they are known.
   */
  device: string
  /**
   * The address from which it asked.
   */
  ip: string
  requested_at: string
  /**
   * Seconds until the sign-in ends.
   */
  expires_in: number
  /**
   * In cookie mode: whether this browser asked for the mail. It may approve without the number.
   */
  same_browser: boolean
}
export interface SignInApproval {
  /**
   * What stood behind `#token=` in the link.
   */
  token: string
  /**
   * The number that the other device shows. It is not needed in cookie mode in the browser that asked for the mail.
   */
  number?: string
}
/**
 * For `PublicKeyCredential.parseRequestOptionsFromJSON`.
 */
export interface PasskeyRequestOptions {
  rpId: string
  /**
   * It works once, for ten minutes.
   */
  challenge: string
  /**
   * Milliseconds.
   */
  timeout: number
  userVerification: 'required' | 'preferred' | 'discouraged'
  /**
   * The passkeys of the user. Without it, the user chooses among all passkeys of this server.
   */
  allowCredentials?: {
    type: 'public-key'
    id: string
    transports?: string[]
  }[]
}
export interface PasskeySignIn {
  credential: UsedPasskey
  /**
   * From the answer `factor_required`.
   */
  attempt?: string
  /**
   * Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it when it is closed.
   */
  remember?: boolean
  /**
   * Whether this device skips the second factor for a while, if the settings allow it. Default: false.
   */
  trust_device?: boolean
  /**
   * In bearer mode: the device token of the last login on this device. Wrong passwords and codes from elsewhere do not delay the login then.
   */
  device_token?: string
}
/**
 * The result of `navigator.credentials.get`, by its `toJSON`.
 */
export interface UsedPasskey {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string | null
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    /**
     * The id of the user, if the passkey knows it.
     */
    userHandle?: string | null
  }
}
export interface PasskeyEnrolment {
  /**
   * From the answer `factor_required`.
   */
  attempt: string
}
export interface EnrolledPasskey {
  /**
   * From the answer `factor_required`.
   */
  attempt: string
  credential: CreatedPasskey
  /**
   * A name by which the user recognises the passkey. Without it, it is that of the authenticator or the browser.
   */
  name?: string
}
/**
 * One proof of who the user is.
 */
export interface Reauthentication {
  password?: string
  /**
   * Instead of the password, together with a code.
   */
  method?: 'totp' | 'recovery_code' | 'email_code'
  /**
   * Six digits of an app or a mail, or a recovery code in any case, with or without dashes.
   */
  code?: string
  /**
   * For a code by mail: from the answer of `/auth/reauthenticate/email`.
   */
  attempt?: string
  credential?: UsedPasskey1
}
/**
 * The result of `navigator.credentials.get`, by its `toJSON`.
 */
export interface UsedPasskey1 {
  id: string
  rawId: string
  type: 'public-key'
  authenticatorAttachment?: string | null
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    /**
     * The id of the user, if the passkey knows it.
     */
    userHandle?: string | null
  }
}
/**
 * A mail with a code is on its way to the user.
 */
export interface CodeSent {
  /**
   * Send it with the code in the mail to `/auth/reauthenticate`.
   */
  attempt: string
  expires_in: number
}
export interface SessionList {
  /**
   * The current session first, then the others, the most recently used first.
   *
   */
  sessions: Session[]
  /**
   * The number of live sessions. At most 200 are listed.
   */
  total: number
}
/**
 * One sign-in on one device.
 */
export interface Session {
  id: string
  /**
   * Whether it is the session of this request.
   */
  current: boolean
  /**
   * A guess from the User-Agent of the login.
   */
  device: string | null
  /**
   * The address of the client at login.
   */
  ip: string | null
  mode: 'bearer' | 'cookie'
  created_at: string
  /**
   * The last refresh, or the login. It can be older than the last request by the life of an access token.
   */
  last_used_at: string
  /**
   * When it expires unless it is refreshed before.
   */
  expires_at: string
  /**
   * When it expires even if it is used.
   */
  absolute_expires_at: string
}
export interface ProfileChange {
  name: string | null
}
export interface EmailChange {
  new_email: string
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
}
/**
 * A page of the data that is stored about a user. Hashes of secrets are left out.
 */
export interface AccountExport {
  account: {
    id: string
    /**
     * Null if the user has no email. A user who registered always has one.
     */
    email: string | null
    /**
     * Whether the user has verified the address. False without an address.
     */
    email_verified: boolean
    name: string | null
    roles: string[]
    created_at: string
    updated_at: string
    email_verified_at: string | null
    disabled_at: string | null
  }
  /**
   * On the first page only, the newest first.
   */
  factors: ExportedFactor[]
  /**
   * On the first page only.
   */
  recovery_codes: ExportedRecoveryCode[]
  /**
   * On the first page only, the newest first.
   */
  trusted_devices: TrustedDevice[]
  /**
   * The newest first.
   */
  sessions: ExportedSession[]
  /**
   * The newest first.
   */
  links: ExportedLink[]
  /**
   * The newest first.
   */
  letters: ExportedLetter[]
  /**
   * The newest first.
   */
  events: ExportedEvent[]
  /**
   * The cursor of the next page, or null on the last page.
   */
  next_cursor: string | null
}
export interface ExportedFactor {
  id: string
  kind: 'totp' | 'passkey'
  name: string
  created_at: string
  confirmed_at: string | null
  last_used_at: string | null
  /**
   * Of a passkey, in base64url.
   */
  credential_id: string | null
  /**
   * Of a passkey: COSE (RFC 9052), in base64url.
   */
  public_key: string | null
  /**
   * Of a passkey.
   */
  transports: string[]
  /**
   * Of a passkey.
   */
  synced: boolean | null
  /**
   * Of a passkey: the model of the authenticator.
   */
  aaguid: string | null
}
/**
 * A recovery code. Only a hash of it is stored.
 */
export interface ExportedRecoveryCode {
  used_at: string | null
}
/**
 * A device that skips the second factor.
 */
export interface TrustedDevice {
  id: string
  /**
   * A guess from the User-Agent header.
   */
  name: string | null
  /**
   * When the user proved a second factor on it.
   */
  created_at: string
  /**
   * When it asks for the second factor again.
   */
  expires_at: string
}
export interface ExportedSession {
  id: string
  mode: 'bearer' | 'cookie'
  device: string | null
  ip: string | null
  created_at: string
  refreshed_at: string
  authenticated_at: string
  /**
   * How the user signed in (RFC 8176).
   */
  methods: string[]
  expires_at: string
  ended_at: string | null
  end_reason: string | null
}
/**
 * A link that was sent and not used. `address` is the address that it belongs to.
 */
export interface ExportedLink {
  purpose: string
  address: string
  created_at: string
  expires_at: string
}
/**
 * A mail that no mail server has accepted yet. Mails to an address that is not verified yet are left out.
 */
export interface ExportedLetter {
  kind: string
  created_at: string
  /**
   * Null if sending was given up.
   */
  next_attempt_at: string | null
  given_up_at: string | null
}
/**
 * For an action by another user, the address and the browser are left out. For an action without a sign-in, such as a wrong password, they are here: it may have been you, and if not, you should know.
 */
export interface ExportedEvent {
  /**
   * When it happened, for the first time in its hour.
   */
  at: string
  /**
   * When it happened last. The same as `at` if it happened once.
   */
  last_at: string
  /**
   * How often it happened. Repetitions within an hour are one event.
   */
  count: number
  type: string
  /**
   * Null if no user was signed in.
   */
  by: 'you' | 'somebody_else' | null
  session_id: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  /**
   * Details: an object of ids, numbers and words, or null.
   */
  detail: {
    [k: string]: unknown
  }
}
export interface PasswordResetRequest {
  email: string
  /**
   * The address that the link in the mail leads to, within `LINK_TARGETS`. The token of the link follows it as `#token=`. Without it, the link leads to the usual page.
   */
  redirect_to?: string
}
export interface PasswordReset {
  /**
   * What stood behind `#token=` in the link.
   */
  token?: string
  /**
   * Instead of a token, together with a code: from the answer to the request that sent the mail.
   */
  verification_id?: string
  /**
   * The six digits in the mail.
   */
  code?: string
  /**
   * At least 8 characters (the server may require more) and at most 256. Passwords that are common or easy to guess are refused, and so are passwords with the name of the email address. A long password is better than a complicated one.
   */
  password: string
}
export interface PasswordChange {
  current_password: string
  /**
   * At least 8 characters (the server may require more) and at most 256. Passwords that are common or easy to guess are refused, and so are passwords with the name of the email address. A long password is better than a complicated one.
   */
  new_password: string
  /**
   * Keeps the other sessions. By default they end.
   */
  keep_other_sessions?: boolean
}
export interface TrustedDeviceList {
  /**
   * The newest first, 100 at most.
   */
  trusted_devices: TrustedDevice[]
}
export interface FactorList {
  factors: Factor[]
  recovery_codes_left: number
  /**
   * Whether the settings require a second factor of the user.
   */
  required: boolean
}
/**
 * A factor that the user has.
 */
export interface Factor {
  id: string
  kind: 'totp' | 'passkey'
  name: string
  created_at: string
  /**
   * Null if it was never used.
   */
  last_used_at: string | null
  /**
   * Of a passkey: whether it is, or can be, on several devices.
   */
  synced?: boolean
}
export interface FactorChange {
  name: string
}
/**
 * The member is there if a passkey was removed.
 */
export interface FactorRemoved {
  accepted_credentials?: AcceptedCredentials
}
/**
 * For `PublicKeyCredential.signalAllAcceptedCredentials`, so that the browser no longer offers passkeys that are gone.
 */
export interface AcceptedCredentials {
  rp_id: string
  /**
   * In base64url.
   */
  user_id: string
  /**
   * In base64url.
   */
  all_accepted_credential_ids: string[]
}
export interface RecoveryCodes {
  /**
   * Recovery codes, shown once. They come with the first factor. Each replaces a lost factor one time.
   */
  recovery_codes: string[]
}
export interface TotpConfirmation {
  id: string
  /**
   * The six digits that the app shows.
   */
  code: string
}
/**
 * The new factor. Access tokens from before are revoked: refresh the tokens.
 */
export interface AddedFactor {
  factor: Factor
  /**
   * Recovery codes, shown once. They come with the first factor. Each replaces a lost factor one time.
   */
  recovery_codes?: string[]
}
export interface NewPasskey {
  credential: CreatedPasskey
  /**
   * A name by which the user recognises the passkey. Without it, it is that of the authenticator or the browser.
   */
  name?: string
}

/** Every call of a user's account. Each rejects with ApiError and NetworkError. */

export interface Api {
  /** Get options for the passkey of a new account. */
  registerPasskeyOptions(input: PasskeyRegistrationWish): Promise<PasskeyCreationOptions>
  /** Open an account with a passkey, and log in. */
  registerWithPasskey(input: PasskeyRegistration): Promise<SignInResult | Accepted>
  /** Verify an address. */
  verifyEmail(input: EmailVerification): Promise<void>
  /** Send the verification link again. */
  resendVerification(input: EmailRequest): Promise<Accepted>
  /** Go on with a sign-in by a code or a mail. */
  signInWithFactor(input: FactorStep): Promise<SignInResult>
  /** Begin to add an authenticator app during the sign-in. */
  enrolTotp(input: TotpEnrolment): Promise<TotpBegun>
  /** Confirm the authenticator app, and sign in. */
  confirmEnrolledTotp(input: TotpEnrolmentConfirmation): Promise<SignInResult>
  /** Sign in by mail. */
  requestEmailSignIn(input: EmailSignIn): Promise<SignInResult>
  /** See which sign-in a link would approve. */
  inspectEmailSignIn(input: OpenedSignInLink): Promise<PendingSignIn>
  /** Approve a sign-in by mail on another device. */
  approveEmailSignIn(input: SignInApproval): Promise<void>
  /** Get options to log in with a passkey. */
  passkeySignInOptions(input?: PasskeyOptionsWish): Promise<PasskeyRequestOptions>
  /** Log in with a passkey. */
  signInWithPasskey(input: PasskeySignIn): Promise<SignInResult>
  /** Get options for a passkey that a sign-in needs. */
  enrolPasskeyOptions(input: PasskeyEnrolment): Promise<PasskeyCreationOptions>
  /** Add a passkey that a sign-in needs, and log in. */
  enrolPasskey(input: EnrolledPasskey): Promise<SignInResult>
  /** Sign in again. */
  reauthenticate(input: Reauthentication): Promise<SignInResult>
  /** Ask for a code by mail to sign in again. */
  requestReauthenticationCode(): Promise<CodeSent>
  /** Get options to sign in again with a passkey. */
  passkeyReauthenticationOptions(): Promise<PasskeyRequestOptions>
  /** Read the claims of this access token. */
  whoami(): Promise<Whoami>
  /** List your sessions. */
  listSessions(): Promise<SessionList>
  /** End all other sessions, or all. */
  endSessions(input?: { scope?: 'others' | 'all' }): Promise<void>
  /** End one session. */
  endSession(input: { id: string }): Promise<void>
  /** Read the signed-in user. */
  getMe(): Promise<User>
  /** Change the signed-in user. */
  updateMe(input: ProfileChange): Promise<User>
  /** Delete the account of the signed-in user. */
  deleteMe(): Promise<void>
  /** Change or add the email address. */
  changeEmail(input: EmailChange): Promise<Accepted>
  /** Export the data of the signed-in user. */
  exportMe(input?: { cursor?: string; limit?: number }): Promise<AccountExport>
  /** Ask for a link that sets a new password. */
  forgotPassword(input: PasswordResetRequest): Promise<Accepted>
  /** Set a new password with the token of a link, or with a code. */
  resetPassword(input: PasswordReset): Promise<void>
  /** Change the password. */
  changePassword(input: PasswordChange): Promise<SignInResult>
  /** List the devices that skip your second factor. */
  listTrustedDevices(): Promise<TrustedDeviceList>
  /** Ask for the second factor on every device again. */
  endTrustedDevices(): Promise<void>
  /** Ask for the second factor on a device again. */
  endTrustedDevice(input: { id: string }): Promise<void>
  /** List the factors of the signed-in user. */
  listFactors(): Promise<FactorList>
  /** Rename a factor. */
  renameFactor(input: FactorChange & { id: string }): Promise<Factor>
  /** Remove a factor. */
  removeFactor(input: { id: string }): Promise<FactorRemoved>
  /** Get new recovery codes. */
  createRecoveryCodes(): Promise<RecoveryCodes>
  /** Begin to add an authenticator app. */
  beginTotp(): Promise<TotpBegun>
  /** Confirm an authenticator app with its first code. */
  confirmTotp(input: TotpConfirmation): Promise<AddedFactor>
  /** Get options for a new passkey. */
  createPasskeyOptions(): Promise<PasskeyCreationOptions>
  /** Add a passkey. */
  addPasskey(input: NewPasskey): Promise<AddedFactor>
}
