/**
 * Every code that a request can fail with. The wire form (RFC 9457), the OpenAPI document and docs/reference/errors.md are
 * made from this table. A code that is added here appears in all of them. A code that is not here cannot be sent.
 */
export const catalogue = {
  invalid_request: {
    status: 400,
    retryable: false,
    detail: 'The request is not valid. The list of errors says why.',
  },
  malformed_body: { status: 400, retryable: false, detail: 'The body is not valid JSON.' },
  invalid_one_time_token: {
    status: 400,
    retryable: false,
    detail: 'This link has been used, or it is no longer valid.',
  },
  authentication_required: { status: 401, retryable: false, detail: 'This request needs an access token.' },
  invalid_token: { status: 401, retryable: false, detail: 'The access token is not valid, or it is no longer valid.' },
  invalid_credentials: { status: 401, retryable: false, detail: 'Email or password is wrong.' },
  invalid_refresh_token: { status: 401, retryable: false, detail: 'The refresh token is not valid. Log in again.' },
  invalid_client: {
    status: 401,
    retryable: false,
    detail: 'This request needs the credential of a service, sent with HTTP Basic.',
  },
  reauthentication_required: { status: 401, retryable: false, detail: 'Enter your password again to continue.' },
  csrf_rejected: { status: 403, retryable: false, detail: 'Cookie mode does not accept this request from this page.' },
  account_disabled: { status: 403, retryable: false, detail: 'This account is disabled.' },
  forbidden: { status: 403, retryable: false, detail: 'You do not have the role that this request needs.' },
  email_not_verified: {
    status: 403,
    retryable: false,
    detail:
      'Your email is not verified yet. Register again, or set a new password. The link in the mail verifies your email.',
  },
  signup_closed: { status: 403, retryable: false, detail: 'New accounts cannot be opened here.' },
  not_found: { status: 404, retryable: false, detail: 'This resource does not exist.' },
  method_not_allowed: { status: 405, retryable: false, detail: 'This resource does not accept this method.' },
  request_timeout: { status: 408, retryable: true, detail: 'The request took too long to arrive.' },
  email_taken: { status: 409, retryable: false, detail: 'An account with this email exists already.' },
  last_admin: { status: 409, retryable: false, detail: 'At least one administrator must remain.' },
  export_running: {
    status: 409,
    retryable: true,
    detail: 'Another export of this account is running. Try again when it has ended.',
  },
  payload_too_large: { status: 413, retryable: false, detail: 'The body is larger than 16 KiB.' },
  uri_too_long: { status: 414, retryable: false, detail: 'The address of the request is too long.' },
  unsupported_media_type: { status: 415, retryable: false, detail: 'The body must be sent as application/json.' },
  rate_limited: { status: 429, retryable: true, detail: 'Too many requests. Wait as long as Retry-After says.' },
  too_many_waiting: {
    status: 429,
    retryable: true,
    detail: 'This service has too many waiting requests. Wait until one of them is answered.',
  },
  headers_too_large: { status: 431, retryable: false, detail: 'The request headers are too large.' },
  internal_error: { status: 500, retryable: false, detail: 'Something went wrong on the server.' },
  overloaded: { status: 503, retryable: true, detail: 'The server has too much work. Try again shortly.' },
  not_ready: {
    status: 503,
    retryable: true,
    detail: 'This node is not up to date with the other nodes. Try again shortly.',
  },
  database_unavailable: { status: 503, retryable: true, detail: 'The database does not answer. Try again shortly.' },
} as const satisfies Record<string, { status: number; retryable: boolean; detail: string }>

export type ErrorCode = keyof typeof catalogue

/**
 * The codes that an entry of `errors` can have, each with a text and the parameters of the text. An entry without a code says in its
 * message what the member must be.
 */
export const fieldCatalogue = {
  password_too_short: 'must have at least {min} characters',
  password_common: 'must not be one of the most common passwords',
  password_contains_email: 'must not contain the name in your email address',
  password_service_name: 'must be more than the name of this service or of your mail domain',
  password_season: 'must be more than a season or month with a year',
  password_sequence: 'must be more than a sequence such as abcdef, 123456 or qwerty',
  password_repetition: 'must be more than a repetition such as aaaa or abcabc',
} as const satisfies Record<string, string>

export type FieldErrorCode = keyof typeof fieldCatalogue
export type FieldParams = Readonly<Record<string, string | number>>

/** A member of the request that is not valid. `path` is a JSON Pointer (RFC 6901) into the body. */
export type FieldError = { path: string; message: string; code?: FieldErrorCode; params?: FieldParams }

/** The entry with the text of its code. */
export function fieldError(path: string, code: FieldErrorCode, params?: FieldParams): FieldError {
  const message = fieldCatalogue[code].replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params?.[name]))
  return { path, code, ...(params ? { params } : {}), message }
}

type Options = {
  /** Replaces the text of the catalogue. Clients read it, so it holds no secret and no internals. */
  detail?: string
  errors?: readonly FieldError[]
  retryAfterSeconds?: number
  /** For `rate_limited`: the number of requests that the limit allows. */
  limit?: number
  /** For `reauthentication_required`: the age that the login of the user may have, in seconds. */
  maxAgeSeconds?: number
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

  constructor(code: ErrorCode, options: Options = {}) {
    super(options.detail ?? catalogue[code].detail, { cause: options.cause })
    this.code = code
    this.statusCode = catalogue[code].status
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
    this.limit = options.limit
    this.maxAgeSeconds = options.maxAgeSeconds
  }
}
