/** The OpenAPI document, generated from the schemas of the routes, and the reference page, which loads nothing from other hosts. */
import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyReply, FastifySchema } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { AppError, catalogue, type ErrorCode } from '../errors.ts'
import { oauthForm } from './errors/oauth-error.ts'
import { type ErrorForm, problemForm } from './errors/problem.ts'
import type { App } from './server.ts'

declare module 'fastify' {
  interface FastifySchema {
    /** The error codes of a route. They become its error responses. */
    'x-errors'?: readonly ErrorCode[]
    /** The form of the errors. The default is a problem document. */
    'x-error-form'?: 'oauth'
    /** Whether a successful request sets or clears cookies in cookie mode. */
    'x-sets-cookies'?: boolean
  }
}

type Document = OpenAPIV3_1.Document
type Operation = OpenAPIV3_1.OperationObject & Pick<FastifySchema, 'x-errors' | 'x-error-form' | 'x-sets-cookies'>
type Schemas = Record<string, unknown>

// Every route can fail with these.
const everywhere = ['headers_too_large', 'internal_error', 'overloaded'] as const satisfies readonly ErrorCode[]

type Headers = NonNullable<OpenAPIV3_1.ResponseObject['headers']>

const retryAfter = { description: 'Seconds', schema: { type: 'integer' } } as const
const count = (description: string) => ({ description, schema: { type: 'integer', minimum: 0 } }) as const
const limitHeaderComponents: Headers = {
  'RateLimit-Limit': count('The number of requests that the tightest limit allows.'),
  'RateLimit-Remaining': count('The number of requests that are left.'),
  'RateLimit-Reset': count('Seconds until there are more requests.'),
}
const limitHeaders: Headers = Object.fromEntries(
  Object.keys(limitHeaderComponents).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
)

function headersOf(status: number, codes: readonly ErrorCode[]): { headers?: Headers } {
  if (status === 503) return { headers: { 'Retry-After': retryAfter } }
  if (status === 429) return { headers: { 'Retry-After': retryAfter, ...limitHeaders } }
  if (status !== 401) return {}
  const description = codes.includes('invalid_client') ? 'RFC 7617 §2' : 'RFC 6750 §3'
  return { headers: { 'WWW-Authenticate': { description, schema: { type: 'string' } } } }
}

const cookieHeaders: Headers = {
  'Set-Cookie': {
    description:
      'In cookie mode: `__Host-Http-access` and `__Host-Http-refresh`, `HttpOnly; Secure; SameSite=Strict; Path=/`; ' +
      'a logout clears them. A login also sets `__Host-Http-device`, which stays.',
    schema: { type: 'string' },
  },
}

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
      return [status, { description, ...headersOf(status, alike), content: { [type]: media } }]
    }),
  )
}

function describeResponses(document: Document): void {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {}) as Operation[]) {
      const { 'x-errors': codes = [], 'x-sets-cookies': setsCookies, responses = {} } = operation
      const form = operation['x-error-form'] === 'oauth' ? oauthForm : problemForm
      delete operation['x-errors']
      delete operation['x-error-form']
      delete operation['x-sets-cookies']
      for (const [status, response] of Object.entries(responses)) {
        if (response && 'description' in response && response.description === 'Default Response') {
          response.description = STATUS_CODES[status] ?? 'Done'
        }
        const headers = {
          ...(setsCookies && status !== '202' ? cookieHeaders : {}),
          ...(codes.includes('rate_limited') ? limitHeaders : {}),
        }
        if (response && !('$ref' in response) && Object.keys(headers).length > 0) response.headers = headers
      }
      operation.responses = { ...responses, ...errorResponses(codes, form) }
    }
  }
}

/** Every route with a request limit can end in `rate_limited`. */
function withLimit(input: Parameters<typeof jsonSchemaTransform>[0]): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(input)
  const { 'x-errors': codes } = schema
  if (!codes || input.route.config?.unlimited) return { schema, url }
  return { schema: { ...schema, 'x-errors': [...codes, 'rate_limited'] }, url }
}

/** The zod provider writes each component twice, for input and output. This keeps one of each pair, and only used ones. */
function pruneSchemas(document: Document): Document {
  const schemas: Schemas = document.components?.schemas ?? {}
  let text = JSON.stringify({ ...document, components: { ...document.components, schemas: undefined } })
  text = text.replaceAll(/"#\/components\/schemas\/(\w+)Input"/g, '"#/components/schemas/$1"')
  const kept: Schemas = {}
  const keep = (json: string) => {
    for (const [, name = ''] of json.matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (name in kept) continue
      kept[name] = schemas[name]
      keep(JSON.stringify(schemas[name]))
    }
  }
  keep(text)
  const pruned = JSON.parse(text) as Document
  const sorted = Object.fromEntries(Object.entries(kept).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { ...pruned, components: { ...pruned.components, schemas: sorted as never } }
}

const cookieModeNote =
  'Cookie mode. Requests other than GET also need `X-Auth-Mode: cookie`, JSON, and an origin on the list.'

const info = {
  title: 'Countersign',
  version: '0.1.0',
  license: { name: 'MIT', identifier: 'MIT' },
  description: [
    'Register and log in; call your APIs with the access token; exchange the refresh token for the next pair.',
    '',
    'Access tokens are JWTs (RFC 9068) that any service verifies with the keys at `/.well-known/jwks.json`.',
    'Refresh tokens are good for one exchange. Failures are problem documents (RFC 9457): decide by `code`.',
  ].join('\n'),
}

const favicon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#3b4151"/>' +
  '<path d="M9 17l5 5 9-12" fill="none" stroke="#fff" stroke-width="4"/></svg>'

/** Swagger UI under our own name, without the bar that opens other people's documents. */
const referenceUi = {
  routePrefix: '/docs',
  // The default policy of the plugin allows styles and images of other hosts, and turns http into https.
  staticCSP:
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  theme: {
    title: 'Countersign',
    // This server is the only one, so there is nothing to choose.
    css: [
      { filename: 'countersign.css', content: '.swagger-ui .servers, .swagger-ui .servers-title { display: none }' },
    ],
    favicon: [{ filename: 'favicon.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: favicon }],
  },
  uiConfig: { layout: 'BaseLayout', persistAuthorization: false, defaultModelsExpandDepth: 0 },
}

/** Call it before the first route. It serves /openapi.yaml and /docs. */
export async function documentApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      servers: [{ url: '/' }],
      tags: [
        { name: 'Sessions', description: 'Log in, refresh, log out, and list sessions.' },
        { name: 'Accounts', description: 'Register, and read or change the signed-in user.' },
        { name: 'Passwords', description: 'Change a password, or set a new one by mail.' },
        { name: 'Administration', description: 'For users with the role `admin`.' },
        { name: 'Keys', description: 'The keys with which other services verify access tokens.' },
        { name: 'OAuth', description: 'For clients and services that use standard OAuth.' },
        { name: 'Operations', description: 'For load balancers and orchestrators.' },
      ],
      components: {
        headers: limitHeaderComponents as never,
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Bearer mode.' },
          accessCookie: { type: 'apiKey', in: 'cookie', name: '__Host-Http-access', description: cookieModeNote },
          serviceCredential: { type: 'http', scheme: 'basic', description: 'One of `SERVICE_CREDENTIALS`.' },
          refreshCookie: { type: 'apiKey', in: 'cookie', name: '__Host-Http-refresh', description: cookieModeNote },
        },
      },
    },
    transform: withLimit,
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input) as Document
      describeResponses(document)
      return pruneSchemas(document)
    },
  })
  await app.register(swaggerUi, referenceUi)
  app.route({ method: 'GET', url: '/openapi.yaml', schema: { hide: true }, handler: onOpenapi })

  function onOpenapi(_request: unknown, reply: FastifyReply) {
    return reply.type('application/yaml').send(app.swagger({ yaml: true }))
  }
}
