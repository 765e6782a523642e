/** The problem document for an error. It needs no schema, so @countersign/verify sends the same document. */
import { type AppError, catalogue } from '../../errors.ts'
import type { Problem } from './problem.ts'

export const problemType = 'application/problem+json'

/** The phrases of RFC 9110 §15 and RFC 6585 for the statuses of the catalogue. */
export const phrases: Readonly<Partial<Record<number, string>>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** The problem document for an error. */
export function toProblem(error: AppError, requestId?: string): Problem {
  const { status, retryable } = catalogue[error.code]
  return {
    type: 'about:blank',
    title: phrases[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    retryable,
    ...(error.retryAfterSeconds === undefined ? {} : { retry_after_seconds: error.retryAfterSeconds }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(error.errors ? { errors: [...error.errors] } : {}),
  }
}

/** A form of errors: the media type, the component of the OpenAPI document that describes the body, and the body. */
export type ErrorForm = {
  readonly type: string
  readonly component: string
  readonly write: (error: AppError, requestId?: string) => object
}

export const problemForm: ErrorForm = { type: problemType, component: 'Problem', write: toProblem }
