/** GET /revocations: what services that verify tokens themselves need in order to deny those that were ended. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../http/server.ts'
import { cursor, feedDocument } from './feed-document.ts'
import type { ReadFeed } from './read-feed.ts'

// Shorter than a handler may take, and than most proxies wait.
const longestWaitSeconds = 8

const query = z.strictObject({
  after: cursor.optional().describe('The `next` of the answer before. Without it, everything that is live, in pages.'),
  wait: z.coerce
    .number()
    .int()
    .min(0)
    .max(longestWaitSeconds)
    .default(0)
    .describe('Seconds to wait for something new; the answer comes as soon as there is.'),
})
type Query = z.infer<typeof query>

/** In a scope behind a service credential. */
export function feedRoutes(app: App, { readFeed }: { readFeed: ReadFeed }): void {
  app.route({
    method: 'GET',
    url: '/revocations',
    config: { unlimited: true, shed: 'last' },
    schema: {
      operationId: 'readRevocations',
      summary: 'Follow revocations (for services)',
      description:
        'A JWT (`typ: revocations+jwt`) signed by a key of the JWKS, with the claims below. Ask again with its `next`; ' +
        'at once where it says `more`. An entry may be told twice. `countersign/verify` does all this.',
      tags: ['Keys'],
      security: [{ serviceCredential: [] }],
      querystring: query,
      response: {
        200: { description: 'The claims, as a signed JWT.', content: { 'application/jwt': { schema: feedDocument } } },
        304: z.undefined().describe('With If-None-Match: nothing is new.'),
      },
      'x-errors': ['invalid_request', 'invalid_client', 'not_ready', 'database_unavailable'],
    },
    handler: onRead,
  })

  async function onRead(request: FastifyRequest<{ Querystring: Query }>, reply: FastifyReply) {
    const { after, wait } = request.query
    const { jwt, next, unchanged } = await readFeed({ after, waitSeconds: wait, signal: app.closing })
    reply.header('etag', etag(next))
    if (unchanged && after !== undefined && request.headers['if-none-match'] === etag(after))
      return reply.code(304).send()
    return reply.type('application/jwt').serializer(String).send(jwt)
  }
}

// Weak: two answers of one state differ in the time they were given.
const etag = (state: string) => `W/"${state}"`
