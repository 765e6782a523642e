// Strict types of the entries for frameworks.
import { countersign as forExpress, type MiddlewareOptions, principalOf } from '@countersign/verify/express'
import {
  principalOf as fastifyPrincipalOf,
  countersign as forFastify,
  type PluginOptions,
} from '@countersign/verify/fastify'
import { countersign as forFetch, type Principal } from '@countersign/verify/fetch'
import connect from 'connect'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'

const options: PluginOptions = { issuer: 'https://auth.test', spaOrigins: ['https://app.test'] }
const more: MiddlewareOptions = { ...options, passErrors: true }

const fastify = Fastify()
await fastify.register(forFastify, options)
fastify.get(
  '/',
  { onRequest: fastify.authenticate({ check: 'revocation' }) },
  async (request) => fastifyPrincipalOf(request).roles,
)
fastify.get('/who', { onRequest: fastify.authenticate() }, async ({ principal: who }) => who?.userId)
// @ts-expect-error a session is not looked up here
fastify.authenticate({ check: 'session' })

const auth = forExpress(more)
express()
  .use(auth.authenticate())
  .get('/', auth.authenticate({ maxAgeSeconds: 60, factors: 2 }), (request, response) => {
    const who: string | undefined = request.principal?.userId
    response.json([who, principalOf(request).userId])
  })
connect().use(auth.authenticate())

const handler = forFetch(options)
export const plain = new Hono().use(handler.hono())
export const typed = new Hono<{ Variables: { principal: Principal } }>().get('/', handler.hono(), (context) =>
  context.json(context.get('principal').roles),
)
export default {
  async fetch(request: Request): Promise<Response> {
    const found: Principal | Response = await handler.authenticate(request, { check: 'signature' })
    return found instanceof Response ? found : Response.json(found.userId)
  },
}
