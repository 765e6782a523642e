/** Failures as OAuth clients expect them (RFC 6749 §5.2), with the catalogue's code beside OAuth's own. */
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type AppError, catalogue, type ErrorCode } from '../../errors.ts'
import { createOnError } from './error-handler.ts'
import { type ErrorForm, problem } from './problem.ts'

const { code, retryable, request_id } = problem.shape

const oauthError = z
  .strictObject({
    error: z
      .enum(['invalid_request', 'invalid_client', 'temporarily_unavailable', 'server_error'])
      .describe('What an OAuth client decides by. `code` says it more exactly.'),
    error_description: z.string().describe('For a developer to read.'),
    code,
    retryable,
    request_id,
  })
  .meta({ id: 'OauthError', description: 'Why a request failed (RFC 6749 §5.2).' })
type OauthError = z.infer<typeof oauthError>

// Where the catalogue speaks of JSON.
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
  const text = faults?.join('; ') ?? details[ours] ?? message
  // RFC 6749 §5.2 allows no other characters.
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

/** Failures of this scope's routes, whatever they are. */
export function handleOauthErrors(scope: FastifyInstance): void {
  scope.setErrorHandler(createOnError(oauthForm))
}
