/** Errors in the form that OAuth clients expect (RFC 6749 §5.2), with the code of the catalogue beside that of OAuth. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type AppError, catalogue, type ErrorCode, meaningOf } from '../../errors.ts'
import { createOnError } from './error-handler.ts'
import { problem } from './problem.ts'
import type { ErrorForm } from './write-problem.ts'

const { code, retryable, request_id } = problem.shape

const oauthError = z
  .strictObject({
    error: z
      .enum(['invalid_request', 'invalid_client', 'temporarily_unavailable', 'server_error'])
      .describe('The error code of OAuth. `code` is more precise.'),
    error_description: z.string().describe('A sentence for developers.'),
    code,
    retryable,
    request_id,
  })
  .meta({ id: 'OauthError', description: 'Why a request failed (RFC 6749 §5.2).' })
type OauthError = z.infer<typeof oauthError>

// The texts of the catalogue speak of JSON.
const details: Partial<Record<ErrorCode, string>> = {
  malformed_body: 'The body is not a valid form.',
  unsupported_media_type: 'The body must be sent as application/x-www-form-urlencoded.',
}

function errorOf({ code: ours }: AppError): OauthError['error'] {
  const { status } = catalogue[ours]
  if (status === 401) return 'invalid_client'
  if (status === 429) return 'temporarily_unavailable'
  if (status < 500) return 'invalid_request'
  return status === 503 ? 'temporarily_unavailable' : 'server_error'
}

function describe({ code: ours, errors, message }: AppError): string {
  const faults = errors?.map((fault) => `${fault.path.slice(1) || 'the body'} ${fault.message}`)
  const text = faults?.join('; ') ?? details[ours] ?? (message === catalogue[ours].detail ? meaningOf(ours) : message)
  // RFC 6749 §5.2 allows only these characters.
  return text.replaceAll(/[^\x20-\x7e]|["\\]/g, "'")
}

function toOauthError(error: AppError, requestId?: string): OauthError {
  return {
    error: errorOf(error),
    error_description: describe(error),
    code: error.code,
    retryable: catalogue[error.code].retryable,
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}

export const oauthForm: ErrorForm = { type: 'application/json', component: 'OauthError', write: toOauthError }

/** Answers every error of the routes in this scope in the form of OAuth. */
export function handleOauthErrors(scope: FastifyInstance): void {
  scope.setErrorHandler(createOnError(oauthForm))
}
