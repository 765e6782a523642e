/** Validates a request with the zod schemas of its route, and reports every fault at once. */
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError, type FieldError } from '../errors.ts'

const mostErrors = 20

/** A JSON Pointer (RFC 6901). Names that the client invented are cut to 64 characters. */
const pointer = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Words for the faults that zod finds. A message of the schema itself takes precedence. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  const { code } = issue
  if (code === 'invalid_type') {
    return issue.input === undefined ? 'is required' : `must be ${kinds[issue.expected] ?? issue.expected}`
  }
  if (code === 'too_small') return `must ${sized(issue.origin, 'least', issue.minimum)}`
  if (code === 'too_big') return `must ${sized(issue.origin, 'most', issue.maximum)}`
  if (code === 'invalid_value') {
    const { values } = issue
    return values.length > 5
      ? 'must be one of the values in the documentation'
      : `must be ${values.map(String).join(' or ')}`
  }
  if (code === 'invalid_format') return `must be ${formats[issue.format] ?? `a well-formed ${issue.format}`}`
  return undefined
}
const kinds: Partial<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
}
const units: Partial<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
}
const formats: Partial<Record<string, string>> = { uuid: 'a UUID', datetime: 'a time such as 2026-11-21T12:00:00Z' }

function sized(origin: string, bound: 'least' | 'most', size: number | bigint): string {
  const [one, more] = units[origin] ?? []
  return one === undefined ? `be at ${bound} ${size}` : `have at ${bound} ${size} ${size === 1 ? one : more}`
}

function toFieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: 'is not a known member' }))
  }
  return [{ path: pointer(issue.path), message: issue.message }]
}

/** For Fastify's `setValidatorCompiler`. Ends in `invalid_request`, with an error for each wrong member. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    // Fastify passes null for an absent body. The optional() of zod accepts only undefined.
    const result = schema.safeParse(data ?? undefined, { error: inWords })
    if (result.success) return { value: result.data }
    const errors = result.error.issues.flatMap(toFieldErrors).slice(0, mostErrors)
    return { error: new AppError('invalid_request', { errors }) }
  }
