/** Bodies are JSON in UTF-8 (RFC 8259 §8.1) or absent. Everything else is refused before a handler sees it. */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Members that would reach a prototype are refused too. A body of no bytes is no body, whatever its type says. */
export function acceptJsonOnly(app: FastifyInstance) {
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
