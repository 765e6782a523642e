/**
 * Refuses a request with two Host headers, or with a Host that is none (RFC 9112 §3.2). Node keeps the first of two, and a proxy may keep
 * the last. Node itself refuses a request of HTTP/1.1 without a Host.
 */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../errors.ts'

// RFC 9110 §7.2: uri-host [ ":" port ], which may be empty.
const validHost = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d{0,5})?$/

function isOneHost(rawHeaders: readonly string[]): boolean {
  let found = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length !== 4 || rawHeaders[i]?.toLowerCase() !== 'host') continue
    if (++found > 1 || !validHost.test(rawHeaders[i + 1] ?? '')) return false
  }
  return true
}

export function requireOneHost(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOneHost(request.raw.rawHeaders)) return done()
    done(new AppError('invalid_request', { detail: 'The request must have one Host header, with a host in it.' }))
  })
}
