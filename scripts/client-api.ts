/**
 * Writes the API of `@countersign/client` from the OpenAPI document: the types of its schemas, and a table of its calls. `npm run openapi`
 * calls it.
 */
import { execFileSync } from 'node:child_process'
import type { OpenAPIV3_1 } from 'openapi-types'
import { parse } from 'yaml'

type Call = {
  name: string
  method: string
  path: string
  isPublic: boolean
  summary: string
  input: string
  answer: string
  /** `session`: the answer may have tokens, which the client keeps. `device`: the request also takes the token of the device. */
  signsIn: 'session' | 'device' | undefined
}

// The types of this library do not pass TypeScript with `skipLibCheck: false`.
const library: string = 'json-schema-to-typescript'
const { compile } = (await import(library)) as {
  compile: (schema: object, name: string, options: object) => Promise<string>
}

const folder = 'packages/client/src/api'
// The client has functions of its own for these.
const ownFunctions = new Set(['register', 'login', 'refresh', 'logout', 'getSession'])
// Schemas that the client itself reads, beside those of the calls.
const ownSchemas = ['Registration', 'Credentials', 'SignedIn', 'FactorRequired', 'SessionStatus', 'Problem', 'User']

// An answer of these schemas starts a session, or says what the user owes.
const mayHaveTokens = new Set(['SignedIn', 'SignInAnswer', 'FactorRequired'])

/** The name of the schema in this content, or undefined without content. */
function schemaOf(content: Record<string, OpenAPIV3_1.MediaTypeObject> | undefined): string | undefined {
  const schema = Object.values(content ?? {})[0]?.schema
  if (schema === undefined) return undefined
  if (!('$ref' in schema)) throw new Error('a body of the API has no named schema')
  return schema.$ref.split('/').at(-1)
}

/** The parameters of a call as the members of a type. */
function membersOf(parameters: OpenAPIV3_1.OperationObject['parameters'] = []): string[] {
  return parameters.flatMap((parameter) => {
    if ('$ref' in parameter || !['path', 'query'].includes(parameter.in)) return []
    const { enum: values, type } = parameter.schema as { enum?: string[]; type?: string }
    const text = values?.map((value) => `'${value}'`).join(' | ') ?? (type === 'integer' ? 'number' : 'string')
    return [`${parameter.name}${parameter.required ? '' : '?'}: ${text}`]
  })
}

function inputOf(operation: OpenAPIV3_1.OperationObject): string {
  const body = operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined
  const members = membersOf(operation.parameters)
  const parts = [schemaOf(body?.content), members.length > 0 ? `{ ${members.join('; ')} }` : undefined]
  const type = parts.filter((part) => part !== undefined).join(' & ')
  if (type === '') return ''
  return members.some((member) => !member.includes('?:')) || body?.required ? `input: ${type}` : `input?: ${type}`
}

function answerOf(operation: OpenAPIV3_1.OperationObject): string {
  const responses = Object.entries(operation.responses ?? {}).filter(([status]) => Number(status) < 300)
  const names = responses.map(([, response]) => schemaOf((response as OpenAPIV3_1.ResponseObject).content) ?? 'void')
  // The client keeps the tokens of such an answer, and does not show them.
  return names.map((name) => (mayHaveTokens.has(name) ? 'SignInResult' : name)).join(' | ')
}

function signsIn(operation: OpenAPIV3_1.OperationObject, document: OpenAPIV3_1.Document): Call['signsIn'] {
  if (!answerOf(operation).includes('SignInResult')) return undefined
  const name = schemaOf((operation.requestBody as OpenAPIV3_1.RequestBodyObject | undefined)?.content)
  const { properties = {} } = document.components?.schemas?.[name ?? ''] ?? {}
  return 'device_token' in properties ? 'device' : 'session'
}

function callsOf(document: OpenAPIV3_1.Document): Call[] {
  const calls: Call[] = []
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    if (!path.startsWith('/auth/')) continue
    for (const [method, operation] of Object.entries(methods ?? {}) as [string, OpenAPIV3_1.OperationObject][]) {
      const name = operation.operationId
      if (name === undefined || ownFunctions.has(name)) continue
      calls.push({
        name,
        method: method.toUpperCase(),
        path,
        isPublic: operation.security?.length === 0,
        summary: operation.summary ?? '',
        input: inputOf(operation),
        answer: answerOf(operation),
        signsIn: signsIn(operation, document),
      })
    }
  }
  return calls
}

/** The named schemas, and those that they refer to, as types. */
async function typesOf(names: readonly string[], document: OpenAPIV3_1.Document): Promise<string> {
  const properties = Object.fromEntries(names.map((name) => [name, { $ref: `#/components/schemas/${name}` }]))
  const root = {
    title: 'Roots',
    type: 'object',
    properties,
    additionalProperties: false,
    components: document.components,
  }
  const text = await compile(structuredClone(root), 'Roots', {
    bannerComment: '',
    format: false,
    ignoreMinAndMaxItems: true,
  })
  return text.replace(/export interface Roots \{.*?\n\}\n/s, '').replace(/^ \* @(min|max)Items.*\n/gm, '')
}

/** The text as `npm run check` wants it. */
function format(parts: readonly string[]): string {
  const args = ['node_modules/@biomejs/biome/bin/biome', 'format', '--stdin-file-path=types.ts']
  return execFileSync(process.execPath, args, { input: `${parts.join('\n\n')}\n`, encoding: 'utf8' })
}

const namesIn = (text: string) => text.match(/\b[A-Z]\w+/g) ?? []

/** The files of the client's API, by path. */
export async function renderClientApi(openapi: string): Promise<Record<string, string>> {
  const document = parse(openapi) as OpenAPIV3_1.Document
  const calls = callsOf(document)
  const used = calls.flatMap(({ input, answer }) => [...namesIn(input), ...namesIn(answer)])
  const schemas = [...new Set([...ownSchemas, ...used])].filter((name) => document.components?.schemas?.[name])
  const made = 'npm run openapi makes this file from openapi.yaml. Do not edit it.'
  const members = calls.map(
    ({ name, input, answer, summary }) => `/** ${summary}. */\n${name}(${input}): Promise<${answer}>`,
  )
  const types = [
    `/** The types of the API. ${made} */`,
    "import type { SignInResult } from '../contract.ts'",
    await typesOf(schemas, document),
    "/** Every call of a user's account. Each rejects with ApiError and NetworkError. */",
    `export interface Api {\n${members.join('\n')}\n}`,
  ]
  const rows = calls.map(({ name, method, path, isPublic, signsIn: kept }) => {
    const parts = [`'${method}'`, `'${path}'`, String(isPublic), ...(kept ? [`'${kept}'`] : [])]
    return `${name}: [${parts.join(', ')}],`
  })
  const operations = [
    `/** The calls of the API: method, path, whether they need no access token, and whether they may sign in. ${made} */`,
    "import type { Api } from './types.ts'",
    `export const operations: { readonly [name in keyof Api]: readonly [method: string, path: string, isPublic: boolean, signsIn?: 'session' | 'device'] } = {\n${rows.join('\n')}\n}`,
  ]
  return { [`${folder}/types.ts`]: format(types), [`${folder}/operations.ts`]: format(operations) }
}
