/** The errors of the client's calls. */
import type { Problem } from './api/types.ts'

/** A code of the server's catalogue, or one that this version of the client does not know yet. */
export type ErrorCode = Problem['code'] | 'unexpected_answer' | (string & {})

export type FieldError = NonNullable<Problem['errors']>[number]

/** The server has refused a request. Decide by `code`; the message may be shown to a user. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** How long to wait before the same request, in seconds. */
  readonly retryAfterSeconds: number | undefined
  /** The faults of the body, each with a JSON Pointer and a code. */
  readonly errors: readonly FieldError[]
  /** Stands in the log of the server too. */
  readonly requestId: string | undefined

  constructor(
    problem: Omit<Partial<Problem>, 'code'> & Pick<Problem, 'status' | 'detail' | 'retryable'> & { code: ErrorCode },
  ) {
    super(problem.detail)
    this.code = problem.code
    this.status = problem.status
    this.retryable = problem.retryable
    this.retryAfterSeconds = problem.retry_after_seconds
    this.errors = problem.errors ?? []
    this.requestId = problem.request_id
  }
}

/** No answer came: the device is offline, the server is away, or CORS forbids the request. A script cannot tell which. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code = 'network_error'
  readonly retryable = true
}

/** The storage could not keep or read the tokens. `cause` is its error. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code = 'storage_error'
  readonly retryable = true
}

/** Only this answer ends a session. Nothing else says that the refresh token is refused. */
export const isEnded = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 401 && error.code === 'invalid_refresh_token'
