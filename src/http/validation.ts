/** Validates a request with the zod schemas of its route, and reports every fault at once, each with a code of the catalogue. */
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError } from '../errors.ts'
import {
  type FieldError,
  type FieldErrorCode,
  type FieldParams,
  fieldCatalogue,
  fieldError,
} from './errors/field-error.ts'

const mostErrors = 20

/** A JSON Pointer (RFC 6901). Names that the client invented are cut to 64 characters. */
const pointer = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** The code of a fault that zod finds. Only here does an absent member differ from one of another type. */
const toCode: z.core.$ZodErrorMap = (issue): FieldErrorCode => {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'required' : 'wrong_type'
  if (issue.code === 'too_small') return sizeCodes[issue.origin]?.least ?? 'too_small'
  if (issue.code === 'too_big') return sizeCodes[issue.origin]?.most ?? 'too_large'
  if (issue.code === 'invalid_format') return formatCodes[issue.format] ?? 'invalid_format'
  return issue.code === 'invalid_value' ? 'not_allowed' : 'invalid'
}
const sizeCodes: Partial<Record<string, Record<'least' | 'most', FieldErrorCode>>> = {
  string: { least: 'too_short', most: 'too_long' },
  array: { least: 'too_few', most: 'too_many' },
}
const formatCodes: Partial<Record<string, FieldErrorCode>> = { uuid: 'invalid_uuid', datetime: 'invalid_time' }

function paramsOf(issue: z.core.$ZodIssue): FieldParams | undefined {
  if (issue.code === 'invalid_type') return { expected: issue.expected }
  if (issue.code === 'too_small') return { min: Number(issue.minimum) }
  if (issue.code === 'too_big') return { max: Number(issue.maximum) }
  if (issue.code === 'invalid_value') return { allowed: issue.values.map(String).join(', ') }
  if (issue.code === 'invalid_format') return { format: issue.format }
  return undefined
}

const isCode = (message: string): message is FieldErrorCode => Object.hasOwn(fieldCatalogue, message)

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fieldError(pointer([...issue.path, key]), 'unknown_member'))
  }
  const code = isCode(issue.message) ? issue.message : 'invalid'
  const params = fieldCatalogue[code].includes('{') ? paramsOf(issue) : undefined
  return [fieldError(pointer(issue.path), code, params)]
}

/** The value that the schema reads, or an entry for each wrong member. */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
): { value: z.output<Schema> } | { errors: readonly FieldError[] } {
  const result = schema.safeParse(data, { error: toCode })
  if (result.success) return { value: result.data }
  return { errors: result.error.issues.flatMap(toFieldErrors).slice(0, mostErrors) }
}

/** For Fastify's `setValidatorCompiler`. Ends in `invalid_request`, with an error for each wrong member. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    // Fastify passes null for an absent body. The optional() of zod accepts only undefined.
    const result = read(schema, data ?? undefined)
    return 'errors' in result ? { error: new AppError('invalid_request', result) } : result
  }
