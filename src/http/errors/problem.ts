/** Errors as RFC 9457 problem documents, each with a code of the catalogue. */
import { z } from 'zod'
import { catalogue, type ErrorCode } from '../../errors.ts'
import { type FieldErrorCode, fieldCatalogue } from './field-error.ts'

const fault = z.strictObject({
  path: z.string().describe('A JSON Pointer (RFC 6901) into the body, or into the query.'),
  code: z
    .enum(Object.keys(fieldCatalogue) as [FieldErrorCode, ...FieldErrorCode[]])
    .describe('A code that a client can translate. It never changes its meaning.'),
  params: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe('The values in the text of the code, such as `min`.'),
  message: z.string().describe('The text of the code in English, fit to be shown beside the member.'),
})

export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string().describe('The phrase of the HTTP status.'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('A sentence about the error. It may change; `code` does not.'),
    code: z.enum(Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]]),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
    retry_after_seconds: z
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe('How long to wait before the same request. `Retry-After` says the same.'),
    request_id: z.string().optional().describe('The same id is in the `X-Request-Id` header and in the log.'),
    errors: z.array(fault).optional().describe('The faults of the body, each with a JSON Pointer.'),
  })
  .meta({ id: 'Problem', description: 'Why a request failed (RFC 9457).' })
export type Problem = z.infer<typeof problem>

/** Every route that reads a body can end in these. */
export const bodyErrors = [
  'invalid_request',
  'malformed_body',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
] as const satisfies readonly ErrorCode[]

/** Every unsafe route can end in these in cookie mode. */
export const cookieErrors = ['csrf_rejected', 'two_credentials'] as const satisfies readonly ErrorCode[]

/** Every route that needs a sign-in can end in these. */
export const tokenErrors = [
  'two_credentials',
  'authentication_required',
  'invalid_token',
  'token_expired',
  'token_revoked',
] as const satisfies readonly ErrorCode[]

/** The same for routes that need a recent sign-in with every factor of the user. */
export const freshTokenErrors = [
  ...tokenErrors,
  'reauthentication_required',
  'second_factor_required',
] as const satisfies readonly ErrorCode[]
