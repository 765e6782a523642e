/**
 * The id of a request, which is in the answer, in the log and in the audit log. A stranger cannot choose it: two requests with one id would
 * be taken for one, and a stranger could write texts into the audit log.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createIsIn } from './trusted-proxies.ts'

const wellFormedId = /^[A-Za-z0-9._-]{1,64}$/

/** The id in `X-Request-Id`, if it is safe to log. Anybody may have sent it. */
export function givenId(headers: IncomingMessage['headers']): string | undefined {
  const given = headers['x-request-id']
  return typeof given === 'string' && wellFormedId.test(given) ? given : undefined
}

/** Returns the id that a trusted proxy sent with the request, or a new one. A proxy is an address or a network. */
export function createRequestId(trustedProxies: readonly string[]): (request: IncomingMessage) => string {
  const isProxy = createIsIn(trustedProxies)
  return function requestId({ headers, socket }) {
    return (isProxy(socket.remoteAddress) ? givenId(headers) : undefined) ?? randomUUID()
  }
}
