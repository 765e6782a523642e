/** The OpenAPI document, generated from the schemas of the routes. web/reference/ shows it. */
import swagger from '@fastify/swagger'
import type { FastifyReply } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { z } from 'zod'
import { publicPathOf } from '../config/public-url.ts'
import { describeOperations, modeParameter, type RouteNotes } from './openapi/describe.ts'
import { headerComponents } from './openapi/headers.ts'
import { plain, pruneSchemas } from './openapi/schemas.ts'
import { inOrderOfTags, tags } from './openapi/tags.ts'
import type { App } from './server.ts'

declare module 'fastify' {
  interface FastifySchema extends RouteNotes {}
}

type Document = OpenAPIV3_1.Document

/** What follows from the route itself: a request limit can end in `rate_limited`, and a body may be left out. */
function withNotes(input: Parameters<typeof jsonSchemaTransform>[0]): ReturnType<typeof jsonSchemaTransform> {
  const { schema, url } = jsonSchemaTransform(input)
  const { 'x-errors': codes } = schema
  if (!codes) return { schema, url }
  const { body } = input.schema
  const isOptional = body instanceof z.ZodType && body.safeParse(undefined).success
  const errors = input.route.config?.unlimited ? codes : ([...codes, 'rate_limited'] as const)
  return { schema: { ...schema, 'x-errors': errors, 'x-optional-body': isOptional }, url }
}

const cookieModeNote =
  'Cookie mode. Requests other than GET also need `X-Auth-Mode: cookie`, JSON, and an origin on the list.'

const info = {
  title: 'Countersign',
  version: '0.1.0',
  contact: { name: 'The operators of this server' },
  license: { name: 'MIT', identifier: 'MIT' },
  description: [
    'Register and log in; call your APIs with the access token; exchange the refresh token for the next pair.',
    '',
    'Access tokens are JWTs (RFC 9068) that any service verifies with the keys at `/.well-known/jwks.json`.',
    'Refresh tokens are good for one exchange. Failures are problem documents (RFC 9457): decide by `code`.',
  ].join('\n'),
}

/** Call it before the first route. It serves /openapi.yaml. The lines of curl in the document name `publicUrl`. */
export async function documentApi(app: App, { publicUrl }: { publicUrl: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info,
      servers: [{ url: publicPathOf(publicUrl) || '/' }],
      tags,
      components: {
        headers: headerComponents as never,
        parameters: { 'X-Auth-Mode': modeParameter },
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Bearer mode.' },
          accessCookie: { type: 'apiKey', in: 'cookie', name: '__Host-Http-access', description: cookieModeNote },
          serviceCredential: { type: 'http', scheme: 'basic', description: 'One of `SERVICE_CREDENTIALS`.' },
          refreshCookie: { type: 'apiKey', in: 'cookie', name: '__Host-Http-refresh', description: cookieModeNote },
        },
      },
    },
    transform: withNotes,
    transformObject: (input) => {
      const document = plain(jsonSchemaTransformObject(input) as Document)
      describeOperations(document, publicUrl)
      return inOrderOfTags(pruneSchemas(document))
    },
  })
  app.route({ method: 'GET', url: '/openapi.yaml', schema: { hide: true }, handler: onOpenapi })

  function onOpenapi(_request: unknown, reply: FastifyReply) {
    return reply.type('application/yaml').send(app.swagger({ yaml: true }))
  }
}
