import { factorErrors } from './http/errors/factor-errors.ts'
import { type FieldError, type FieldErrorCode, fieldError } from './http/errors/field-error.ts'

/**
 * Every code that a request can fail with. The wire form (RFC 9457), the OpenAPI document and docs/reference/errors.md are
 * made from this table. A code that is added here appears in all of them. A code that is not here cannot be sent.
 *
 * `detail` may be shown to a user. `meaning` is for developers, where the text for users does not say it. It stands in the reference.
 */
export const catalogue = {
  invalid_request: {
    status: 400,
    retryable: false,
    detail: 'Some of the values are not valid.',
    meaning: 'A member is wrong, missing or unknown. `errors` names each.',
  },
  malformed_body: {
    status: 400,
    retryable: false,
    detail: 'The request could not be read.',
    meaning: 'The body is not valid JSON in UTF-8, or is not as long as its header says.',
  },
  invalid_one_time_token: {
    status: 400,
    retryable: false,
    detail: 'This link has been used, or it is no longer valid.',
  },
  invalid_code: {
    status: 400,
    retryable: false,
    detail: 'This code is wrong, or it is no longer valid. After five wrong codes, ask for a new mail.',
  },
  two_credentials: {
    status: 400,
    retryable: false,
    detail: 'This page may not do this.',
    meaning: 'The request asks for cookie mode and has a Bearer token. Send only one of them.',
  },
  authentication_required: {
    status: 401,
    retryable: false,
    detail: 'Sign in to continue.',
    meaning: 'The request has no access token.',
  },
  invalid_token: {
    status: 401,
    retryable: false,
    detail: 'Your sign-in is not valid. Sign in again.',
    meaning: 'The access token was not made by this server, or not for this service, or it arrived damaged.',
  },
  token_expired: {
    status: 401,
    retryable: false,
    detail: 'Your sign-in has expired. Sign in again.',
    meaning: 'The access token has expired. Refresh it, and repeat the request.',
  },
  token_revoked: {
    status: 401,
    retryable: false,
    detail: 'Your sign-in has ended. Sign in again.',
    meaning:
      'The session has ended, or the account was changed since the access token was made. A refresh succeeds if the session goes on.',
  },
  invalid_credentials: { status: 401, retryable: false, detail: 'Email or password is wrong.' },
  invalid_refresh_token: {
    status: 401,
    retryable: false,
    detail: 'Your sign-in has ended. Sign in again.',
    meaning: 'The refresh token is unknown, expired, used or revoked. Only a new login helps.',
  },
  invalid_client: {
    status: 401,
    retryable: false,
    detail: 'This service is not known here.',
    meaning: 'The request needs the credential of a service, sent with HTTP Basic.',
  },
  reauthentication_required: { status: 401, retryable: false, detail: 'Sign in again to continue.' },
  second_factor_required: {
    status: 401,
    retryable: false,
    detail: 'Confirm with a second factor to continue.',
    meaning:
      'The user signed in with one factor, and the request needs two. Ask for the second one, send it to ' +
      '`POST /auth/reauthenticate`, and repeat the request.',
  },
  csrf_rejected: {
    status: 403,
    retryable: false,
    detail: 'This page may not do this.',
    meaning:
      'In cookie mode the request lacks `X-Auth-Mode: cookie`, is not JSON, or comes from an origin that is not listed.',
  },
  account_disabled: { status: 403, retryable: false, detail: 'This account is disabled.' },
  forbidden: { status: 403, retryable: false, detail: 'You do not have the role that this needs.' },
  email_not_verified: {
    status: 403,
    retryable: false,
    detail:
      'Your email is not verified yet. Register again, or set a new password. The link in the mail verifies your email.',
  },
  signup_closed: { status: 403, retryable: false, detail: 'New accounts cannot be opened here.' },
  not_found: { status: 404, retryable: false, detail: 'This does not exist.' },
  method_not_allowed: {
    status: 405,
    retryable: false,
    detail: 'This cannot be done here.',
    meaning: 'The resource does not accept this method. `Allow` lists those that it accepts.',
  },
  request_timeout: { status: 408, retryable: true, detail: 'The request took too long to arrive. Try again.' },
  email_taken: { status: 409, retryable: false, detail: 'An account with this email exists already.' },
  last_admin: { status: 409, retryable: false, detail: 'At least one administrator must remain.' },
  export_running: {
    status: 409,
    retryable: true,
    detail: 'Another export of this account is running. Try again when it has ended.',
  },
  precondition_failed: {
    status: 412,
    retryable: false,
    detail: 'This has changed in the meantime.',
    meaning: 'The file is not the one that `If-Match` or `If-Unmodified-Since` names.',
  },
  payload_too_large: {
    status: 413,
    retryable: false,
    detail: 'The request is too large.',
    meaning: 'The body is larger than 16 KiB.',
  },
  uri_too_long: { status: 414, retryable: false, detail: 'The address of the request is too long.' },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    detail: 'The request could not be read.',
    meaning: 'The body must be sent as `application/json`.',
  },
  range_not_satisfiable: {
    status: 416,
    retryable: false,
    detail: 'This does not exist.',
    meaning: 'The file ends before the `Range` that the request asks for.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    detail: 'Too many attempts. Try again later.',
    meaning: 'A limit is reached. Wait as long as `Retry-After` says.',
  },
  too_many_waiting: {
    status: 429,
    retryable: true,
    detail: 'Too many requests are waiting. Try again shortly.',
    meaning: 'The service has as many waiting requests as it may. Wait until one of them is answered.',
  },
  headers_too_large: { status: 431, retryable: false, detail: 'The headers of the request are too large.' },
  internal_error: { status: 500, retryable: false, detail: 'Something went wrong on the server.' },
  overloaded: { status: 503, retryable: true, detail: 'The server has too much work. Try again shortly.' },
  not_ready: {
    status: 503,
    retryable: true,
    detail: 'The server is not ready yet. Try again shortly.',
    meaning: 'This node does not know the newest revocations.',
  },
  database_unavailable: {
    status: 503,
    retryable: true,
    detail: 'The server cannot answer at the moment. Try again shortly.',
    meaning: 'The database does not answer.',
  },
  ...factorErrors,
} as const satisfies Record<string, { status: number; retryable: boolean; detail: string; meaning?: string }>

export type ErrorCode = keyof typeof catalogue

/** What the code means, for developers. */
export function meaningOf(code: ErrorCode): string {
  const entry: { detail: string; meaning?: string } = catalogue[code]
  return entry.meaning ?? entry.detail
}

/** An `invalid_request` for one member. */
export const invalidMember = (path: string, code: FieldErrorCode): AppError =>
  new AppError('invalid_request', { errors: [fieldError(path, code)] })

type Options = {
  /** Replaces the text of the catalogue. Clients read it, so it holds no secret and no internals. */
  detail?: string
  errors?: readonly FieldError[]
  retryAfterSeconds?: number
  /** For `rate_limited`: the number of requests that the limit allows. */
  limit?: number
  /** For `reauthentication_required` and `second_factor_required`: the age that the login of the user may have, in seconds. */
  maxAgeSeconds?: number
  /** For the same: the `acr` that the login of the user must have. */
  acrValues?: string
  /** Goes to the log, never to the client. */
  cause?: unknown
}

/** A failure that the client may read. Any other error reaches the client as `internal_error` and nothing more. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  // Not a getter: Fastify assigns `statusCode` to the error of a request that fails validation.
  readonly statusCode: number
  readonly errors: readonly FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined
  readonly limit: number | undefined
  readonly maxAgeSeconds: number | undefined
  readonly acrValues: string | undefined

  constructor(code: ErrorCode, options: Options = {}) {
    super(options.detail ?? catalogue[code].detail, { cause: options.cause })
    this.code = code
    this.statusCode = catalogue[code].status
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
    this.limit = options.limit
    this.maxAgeSeconds = options.maxAgeSeconds
    this.acrValues = options.acrValues
  }
}
