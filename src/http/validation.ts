/** Checks what a request carries against a route's zod schemas, and names everything that is wrong with it at once. */
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError, type FieldError } from '../errors.ts'

const mostErrors = 20

/** RFC 6901; a client's own member names come back no longer than this. */
const pointer = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: 'is not known here' }))
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
  return [{ path: pointer(issue.path), message: missing ? 'is required' : issue.message }]
}

/** For Fastify's `setValidatorCompiler`. Ends in `invalid_request`, with an error for each member at fault. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    // Fastify says null for a body that is absent; zod's optional() wants undefined.
    const result = schema.safeParse(data ?? undefined)
    if (result.success) return { value: result.data }
    const errors = result.error.issues.flatMap(toFieldErrors).slice(0, mostErrors)
    return { error: new AppError('invalid_request', { errors }) }
  }
