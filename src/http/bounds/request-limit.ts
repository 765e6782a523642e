/**
 * How many requests a client may make to one route, counted in this process: no database, no other server is asked, so a
 * node that is flooded turns the flood away by itself. By the matched route, whatever the address line looked like.
 */
import rateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { App } from '../server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For probes, and for services that ask on everybody's behalf from one address. */
    unlimited?: boolean
  }
}

type Dependencies = {
  rate: { readonly count: number; readonly seconds: number }
  /** What an address counts as. */
  addressOf: (ip: string | undefined) => string
}

// A client and a route each: some megabytes at most. Beyond that the longest unseen are forgotten.
const mostCounted = 20_000

/** Call after CORS, so that pages may read the refusal, and before the first route. Requests end in `rate_limited`. */
export async function limitRequests(app: App, { rate, addressOf }: Dependencies): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    max: rate.count,
    timeWindow: rate.seconds * 1000,
    cache: mostCounted,
    enableDraftSpec: true,
    keyGenerator: (request) => `${routeOf(request)} ${addressOf(request.ip)}`,
    errorResponseBuilder: (_request, { max, ttl }) =>
      new AppError('rate_limited', { retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)), limit: max }),
  })
  const limit = app.rateLimit()
  app.addHook('onRequest', async function limitRequest(request: FastifyRequest, reply: FastifyReply) {
    if (!request.routeOptions.config?.unlimited) await limit.call(app, request, reply)
  })
}

const routeOf = ({ method, routeOptions }: FastifyRequest) =>
  routeOptions.url === undefined ? 'unmatched' : `${method} ${routeOptions.url}`
