/**
 * Limits the requests of a client to one route. Each process counts by itself, so that a flood costs no database work. Requests count
 * by the matched route, so that spellings of a URL such as `//login` do not get a budget of their own.
 */
import rateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { App } from '../server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For probes, and for services that call for many users from one address. */
    unlimited?: boolean
  }
}

type Dependencies = {
  rate: { readonly count: number; readonly seconds: number }
  /** The key that an address counts under. */
  addressOf: (ip: string | undefined) => string
}

// One entry is a client and a route: some megabytes at most. Beyond that, the least recently used are dropped.
const mostCounted = 20_000

/** Call it after CORS, so that pages may read the refusal, and before the first route. Refused requests end in `rate_limited`. */
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
