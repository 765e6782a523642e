/** The headers of the document, each described once. */
import type { OpenAPIV3_1 } from 'openapi-types'
import type { ErrorCode } from '../../errors.ts'

export type Headers = NonNullable<OpenAPIV3_1.ResponseObject['headers']>

/** A header that a route sends with its answer, beside those that follow from its errors. */
export type AnswerHeader = 'Content-Disposition' | 'ETag'

const count = (description: string, example: number) =>
  ({ description, schema: { type: 'integer', minimum: 0 }, example }) as const
const text = (description: string, example: string) => ({ description, schema: { type: 'string' }, example }) as const

export const headerComponents = {
  'X-Request-Id': text(
    'The id of the request. It is in the log and in the audit log too. A trusted proxy may choose it with the same header.',
    '0f8fad5b-d9cb-469f-a165-70867728950e',
  ),
  'RateLimit-Limit': count('The number of requests that the tightest limit allows.', 300),
  'RateLimit-Remaining': count('The number of requests that are left.', 299),
  'RateLimit-Reset': count('Seconds until there are more requests.', 60),
  'Retry-After': count('Seconds to wait before the same request.', 1),
  'Set-Cookie': text(
    'In cookie mode: `__Host-Http-access` and `__Host-Http-refresh`, `HttpOnly; Secure; SameSite=Strict; Path=/`; a logout clears them. ' +
      'A login also sets `__Host-Http-device`, which stays.',
    '__Host-Http-access=eyJhbGciOiJFUzI1NiJ9.e30.c2ln; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Strict',
  ),
  'Cache-Control': text(
    'How long the answer may be kept. Only public keys and metadata may be kept at all.',
    'no-store',
  ),
  'Content-Disposition': text(
    'The name under which a browser saves the answer.',
    'attachment; filename="account.json"',
  ),
  ETag: text('Send it as `If-None-Match` with the next request.', 'W/"v1.42"'),
  BearerChallenge: text('RFC 6750 §3.', 'Bearer realm="countersign"'),
  BasicChallenge: text('RFC 7617 §2.', 'Basic realm="countersign"'),
} satisfies Headers

type Component = keyof typeof headerComponents
const ref = (component: Component) => ({ $ref: `#/components/headers/${component}` })
const refs = (...names: Component[]): Headers => Object.fromEntries(names.map((name) => [name, ref(name)]))

const limits = refs('RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset')

/** The headers of an answer that is an error. */
export function errorHeaders(status: number, codes: readonly ErrorCode[]): Headers {
  const always = refs('X-Request-Id', 'Cache-Control')
  if (status === 503) return { ...always, ...refs('Retry-After') }
  if (status === 429) return { ...always, ...refs('Retry-After'), ...limits }
  if (status !== 401) return always
  return { ...always, 'WWW-Authenticate': ref(codes.includes('invalid_client') ? 'BasicChallenge' : 'BearerChallenge') }
}

type Answer = { setsCookies: boolean; isLimited: boolean; own: readonly AnswerHeader[] }

/** The headers of an answer that is no error. */
export const answerHeaders = ({ setsCookies, isLimited, own }: Answer): Headers => ({
  ...refs('X-Request-Id', 'Cache-Control', ...own),
  ...(setsCookies ? refs('Set-Cookie') : {}),
  ...(isLimited ? limits : {}),
})
