/** Completes the operations of the document: their errors, headers, examples and a line of curl. */
import { STATUS_CODES } from 'node:http'
import type { FastifySchema } from 'fastify'
import type { OpenAPIV3_1 } from 'openapi-types'
import { AppError, catalogue, type ErrorCode } from '../../errors.ts'
import { oauthForm } from '../errors/oauth-error.ts'
import { type ErrorForm, problemForm } from '../errors/write-problem.ts'
import { curlOf } from './curl.ts'
import { exampleOf, requestExample } from './example.ts'
import { type AnswerHeader, answerHeaders, errorHeaders } from './headers.ts'
import type { Schemas } from './schemas.ts'

/** What a route says about itself for the document alone. */
export type RouteNotes = {
  /** The error codes of a route. They become its error responses. */
  'x-errors'?: readonly ErrorCode[]
  /** The form of the errors. The default is a problem document. */
  'x-error-form'?: 'oauth'
  /** Whether a successful request sets or clears cookies in cookie mode. */
  'x-sets-cookies'?: boolean
  /** The headers of a successful answer, beside those of cookies and limits. */
  'x-answer-headers'?: readonly AnswerHeader[]
  /** Whether a request without a body is accepted. It follows from the schema of the body. */
  'x-optional-body'?: boolean
}

type Document = OpenAPIV3_1.Document
type Operation = OpenAPIV3_1.OperationObject & Pick<FastifySchema, keyof RouteNotes>
type Response = OpenAPIV3_1.ResponseObject

// Every route can fail with these.
const everywhere = ['headers_too_large', 'internal_error', 'overloaded'] as const satisfies readonly ErrorCode[]

// Node answers these on the socket, before a route is known.
const beforeRouting = new Set<ErrorCode>(['headers_too_large', 'request_timeout'])

function errorResponses(codes: readonly ErrorCode[], form: ErrorForm): OpenAPIV3_1.ResponsesObject {
  const byStatus = Map.groupBy(new Set([...codes, ...everywhere]), (code) => catalogue[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, alike]) => {
      const { type, component, write } = alike.some((code) => beforeRouting.has(code)) ? problemForm : form
      const media = {
        schema: { $ref: `#/components/schemas/${component}` },
        examples: Object.fromEntries(alike.map((code) => [code, { value: write(new AppError(code)) }])),
      }
      const description = alike.map((code) => `\`${code}\``).join(' or ')
      return [status, { description, headers: errorHeaders(status, alike), content: { [type]: media } }]
    }),
  )
}

export const modeParameter: OpenAPIV3_1.ParameterObject = {
  name: 'X-Auth-Mode',
  in: 'header',
  description:
    '`cookie` asks for cookies instead of tokens in the body. In cookie mode, send it with every request that is not a GET. ' +
    '`bearer` ignores cookies.',
  schema: { type: 'string', enum: ['bearer', 'cookie'] },
}

const isModeHeader = (parameter: object) => 'name' in parameter && parameter.name === 'x-auth-mode'

/** The request: the header of the mode on every route that may refuse a request in cookie mode, and an example of the body. */
function describeRequest(operation: Operation, schemas: Schemas): void {
  const { 'x-errors': codes = [], 'x-optional-body': isOptional, requestBody, parameters = [] } = operation
  if (codes.includes('csrf_rejected')) {
    const others = parameters.filter((parameter) => !isModeHeader(parameter))
    operation.parameters = [...others, { $ref: '#/components/parameters/X-Auth-Mode' }]
  }
  if (!requestBody || !('content' in requestBody)) return
  if (isOptional) requestBody.required = false
  for (const media of Object.values(requestBody.content)) media.example = requestExample(media.schema, schemas)
}

function describeAnswer(status: string, response: Response, operation: Operation, schemas: Schemas): void {
  const { 'x-errors': codes = [], 'x-sets-cookies': setsCookies = false, 'x-answer-headers': own = [] } = operation
  if (response.description === 'Default Response') response.description = STATUS_CODES[status] ?? 'Done'
  const isLimited = codes.includes('rate_limited')
  response.headers = answerHeaders({ setsCookies: setsCookies && status !== '202', isLimited, own })
  for (const media of Object.values(response.content ?? {})) media.example = exampleOf(media.schema, schemas)
}

/** Completes every operation. `baseUrl` stands in the lines of curl. */
export function describeOperations(document: Document, baseUrl: string): void {
  const schemas: Schemas = document.components?.schemas ?? {}
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(item ?? {}) as [string, Operation][]) {
      describeRequest(operation, schemas)
      const responses = operation.responses ?? {}
      for (const [status, response] of Object.entries(responses)) {
        if (response && !('$ref' in response)) describeAnswer(status, response, operation, schemas)
      }
      const form = operation['x-error-form'] === 'oauth' ? oauthForm : problemForm
      const errors = errorResponses(operation['x-errors'] ?? [], form)
      const source = curlOf(operation, { baseUrl, path, method }, schemas)
      for (const note of notes) delete operation[note]
      operation.responses = { ...responses, ...errors }
      Object.assign(operation, { 'x-codeSamples': [{ lang: 'Shell', label: 'curl', source }] })
    }
  }
}

const notes = ['x-errors', 'x-error-form', 'x-sets-cookies', 'x-answer-headers', 'x-optional-body'] as const
