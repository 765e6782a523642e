import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/**
 * What the edge reads of a request before its body. Each request of Fastify is one. @countersign/verify makes it of the requests of other
 * frameworks.
 */
export type RequestHead = {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly raw: Pick<IncomingMessage, 'rawHeaders' | 'headers'>
}
