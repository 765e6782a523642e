/**
 * Every way a request can fail, in one table. The wire form (RFC 9457), the OpenAPI document and the README follow it,
 * so a code added here appears everywhere, and a code that is not here cannot be sent.
 */
export const catalogue = {
  invalid_request: {
    status: 400,
    retryable: false,
    detail: 'Something in the request is not as it has to be: see errors.',
  },
  malformed_body: { status: 400, retryable: false, detail: 'The body is not valid JSON.' },
  invalid_one_time_token: {
    status: 400,
    retryable: false,
    detail: 'This link has been used, or is not valid any more.',
  },
  authentication_required: { status: 401, retryable: false, detail: 'This route needs an access token.' },
  invalid_token: { status: 401, retryable: false, detail: 'The access token is not valid here, or not any more.' },
  invalid_credentials: { status: 401, retryable: false, detail: 'Email or password is wrong.' },
  invalid_refresh_token: { status: 401, retryable: false, detail: 'The refresh token is not valid. Log in again.' },
  invalid_client: { status: 401, retryable: false, detail: 'This needs the credential of a service, by HTTP Basic.' },
  reauthentication_required: { status: 401, retryable: false, detail: 'Enter your password again to go on.' },
  csrf_rejected: { status: 403, retryable: false, detail: 'Cookie mode does not accept this request from this page.' },
  account_disabled: { status: 403, retryable: false, detail: 'This account is disabled.' },
  forbidden: { status: 403, retryable: false, detail: 'This needs a role that you do not have.' },
  email_not_verified: {
    status: 403,
    retryable: false,
    detail: 'Your address is not proven yet. Register again, or set a new password: the link in the mail proves it.',
  },
  signup_closed: { status: 403, retryable: false, detail: 'New accounts are not opened here.' },
  not_found: { status: 404, retryable: false, detail: 'There is nothing here.' },
  method_not_allowed: { status: 405, retryable: false, detail: 'This method is not allowed here.' },
  request_timeout: { status: 408, retryable: true, detail: 'The request took too long to arrive.' },
  email_taken: { status: 409, retryable: false, detail: 'An account with this email exists already.' },
  last_admin: { status: 409, retryable: false, detail: 'Somebody must remain an administrator.' },
  payload_too_large: { status: 413, retryable: false, detail: 'The body is larger than 16 KiB.' },
  uri_too_long: { status: 414, retryable: false, detail: 'The address is too long.' },
  unsupported_media_type: { status: 415, retryable: false, detail: 'The body must be sent as application/json.' },
  rate_limited: { status: 429, retryable: true, detail: 'Too many of these. Wait as long as Retry-After says.' },
  headers_too_large: { status: 431, retryable: false, detail: 'The request headers are too large.' },
  internal_error: { status: 500, retryable: false, detail: 'Something went wrong on our side.' },
  overloaded: { status: 503, retryable: true, detail: 'Too much work at once. Try again shortly.' },
  not_ready: {
    status: 503,
    retryable: true,
    detail: 'This node is not up to date with the others. Try again shortly.',
  },
  database_unavailable: { status: 503, retryable: true, detail: 'The database does not answer. Try again shortly.' },
} as const satisfies Record<string, { status: number; retryable: boolean; detail: string }>

export type ErrorCode = keyof typeof catalogue

/** A member of the request that is wrong. `path` is a JSON Pointer (RFC 6901) into the body. */
export type FieldError = { path: string; message: string }

type Options = {
  /** Replaces the catalogue's text. Read by strangers: no secret, no internals. */
  detail?: string
  errors?: readonly FieldError[]
  retryAfterSeconds?: number
  /** For `rate_limited`: how many are allowed. */
  limit?: number
  /** For `reauthentication_required`: how long ago the person may have proved who they are. */
  maxAgeSeconds?: number
  /** Logged, never sent. */
  cause?: unknown
}

/** A failure the client is told about. Anything else that is thrown reaches it as `internal_error` only. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  // No getter: Fastify assigns it to itself on what fails validation.
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
