/** GET /revocations: the feed for services that verify access tokens themselves. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../http/server.ts'
import { cursor, feedJwt } from './feed-document.ts'
import type { ReadFeed } from './read-feed.ts'
import type { WithinLimit } from './waits.ts'

// Shorter than the deadline of a handler, and than the time limit of most proxies.
const longestWaitSeconds = 8

const query = z.strictObject({
  after: cursor.optional().describe('The `next` of the last answer. Without it: all live revocations, in pages.'),
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(longestWaitSeconds)
    .default(0)
    .describe('Seconds to wait for a new revocation. The answer comes as soon as there is one.'),
})
const conditional = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe(
      'The `ETag` of the last answer, together with its `next` as `after`. Without news, the answer is then 304.',
    ),
})
type Query = z.infer<typeof query>

/** Register it in a scope that requires a service credential. */
export function feedRoutes(
  app: App,
  { readFeed, withinLimit }: { readFeed: ReadFeed; withinLimit: WithinLimit },
): void {
  app.route({
    method: 'GET',
    url: '/revocations',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'readRevocations',
      summary: 'Follow revocations (for services)',
      description:
        'The answer is a JWT (`typ: revocations+jwt`), signed by a key of the JWKS, with the claims below. Send its `next` ' +
        'as `after` of your next request; send that at once if `more` is true. An entry may come twice. ' +
        '`@countersign/verify` does all this.',
      tags: ['Services'],
      security: [{ serviceCredential: [] }],
      headers: conditional,
      querystring: query,
      response: {
        200: { description: 'The claims, as a signed JWT.', content: { 'application/jwt': { schema: feedJwt } } },
        304: z.undefined().describe('The request had If-None-Match, and there is no new revocation.'),
      },
      'x-answer-headers': ['ETag'],
      'x-errors': ['invalid_request', 'invalid_client', 'too_many_waiting', 'not_ready', 'database_unavailable'],
    },
    handler: onRead,
  })

  async function onRead(request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) {
    const { after, wait } = request.query
    // A client that has left must not keep its place among the waiting ones.
    const left = new AbortController()
    reply.raw.once('close', () => left.abort())
    const signal = AbortSignal.any([app.closing, left.signal])
    const read = () => readFeed({ after, waitSeconds: wait, signal })
    const { jwt, next, unchanged } = wait > 0 ? await withinLimit(request.serviceId ?? '', read) : await read()
    reply.header('etag', etag(next))
    if (unchanged && after !== undefined && request.headers['if-none-match'] === etag(after))
      return reply.code(304).send()
    return reply.type('application/jwt').serializer(String).send(jwt)
  }
}

// Weak, because two answers with the same revocations differ in `iat` and signature.
const etag = (state: string) => `W/"${state}"`
