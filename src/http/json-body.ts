/** JSON bodies in UTF-8 (RFC 8259 §8.1). Every other body is refused before a handler sees it. */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Refuses members that would reach a prototype too. A body of no bytes counts as absent, whatever its content type. */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null)
    let decoded: string
    try {
      decoded = utf8.decode(body as Buffer)
    } catch (cause) {
      return done(new AppError('malformed_body', { cause }))
    }
    return parse(request, decoded, done)
  })
}
