/** Form bodies in UTF-8 (RFC 6749 appendix B), with each parameter once (§3.2). Only the OAuth routes accept them. */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

// URLSearchParams would repair a malformed form, so that two different texts would be one value.
function readForm(body: Buffer): Record<string, string> {
  const form = new Map<string, string>()
  for (const pair of utf8.decode(body).split('&')) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    const key = decode(name)
    if (form.has(key)) throw new AppError('invalid_request', { detail: 'A parameter is given more than once.' })
    form.set(key, decode(value.join('=')))
  }
  // A parameter without a value counts as absent (RFC 6749 §3.2).
  return Object.fromEntries([...form].filter(([, value]) => value !== ''))
}

/** Refuses every other body, also JSON, before a handler sees it. */
export function acceptFormsOnly(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, done) => {
    let form: Record<string, string>
    try {
      form = readForm(body as Buffer)
    } catch (error) {
      return done(error instanceof AppError ? error : new AppError('malformed_body', { cause: error }))
    }
    return done(null, form)
  })
}
