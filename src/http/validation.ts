/** Checks what a request carries against a route's zod schemas, and names everything that is wrong with it at once. */
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { AppError, type FieldError } from '../errors.ts'

const mostErrors = 20

/** RFC 6901; a client's own member names come back no longer than this. */
const pointer = (path: readonly PropertyKey[]) =>
  path.map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** What zod finds, in the words of somebody who fills in a form. A schema's own words go before these. */
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
      ? 'must be one of those the documentation lists'
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
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: 'is not known here' }))
  }
  return [{ path: pointer(issue.path), message: issue.message }]
}

/** For Fastify's `setValidatorCompiler`. Ends in `invalid_request`, with an error for each member at fault. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data) => {
    // Fastify says null for a body that is absent; zod's optional() wants undefined.
    const result = schema.safeParse(data ?? undefined, { error: inWords })
    if (result.success) return { value: result.data }
    const errors = result.error.issues.flatMap(toFieldErrors).slice(0, mostErrors)
    return { error: new AppError('invalid_request', { errors }) }
  }
