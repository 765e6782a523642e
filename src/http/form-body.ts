/** Bodies are forms in UTF-8 (RFC 6749 appendix B), each parameter once (§3.2): for the scopes that ask, and no other. */
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const decode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))

// By hand, because URLSearchParams repairs what is malformed: two texts would be one value.
function readForm(body: Buffer): Record<string, string> {
  const form = new Map<string, string>()
  for (const pair of utf8.decode(body).split('&')) {
    if (pair === '') continue
    const [name = '', ...value] = pair.split('=')
    const key = decode(name)
    if (form.has(key)) throw new AppError('invalid_request', { detail: 'A parameter is given more than once.' })
    form.set(key, decode(value.join('=')))
  }
  // RFC 6749 §3.2: a parameter without a value is as good as none.
  return Object.fromEntries([...form].filter(([, value]) => value !== ''))
}

/** Everything else is refused before a handler sees it: JSON too. */
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
