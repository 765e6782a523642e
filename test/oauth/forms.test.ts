import fc from 'fast-check'
import pg from 'pg'
import t from 'tap'
import { AppError } from '../../src/errors.ts'
import { handleOauthErrors } from '../../src/http/errors/oauth-error.ts'
import { createServer } from '../../src/http/server.ts'
import { signClaims } from '../../src/tokens/access-token.ts'
import { call, register } from '../setup/client.ts'
import { runs } from '../setup/properties.ts'
import { billing, post, rawBasic, startOauthNode } from './services.ts'

const node = await startOauthNode(t)
const { baseUrl } = node
const paths = ['/oauth/revoke', '/oauth/introspect']
const authorization = rawBasic(billing)
const send = (path: string, form: Parameters<typeof post>[1], type?: string) =>
  post(baseUrl + path, form, { authorization, ...(type === undefined ? {} : { 'content-type': type }) })

const type = 'application/x-www-form-urlencoded'
const json = 'application/json'
const bytes = (text: string, ...more: number[]) => new Uint8Array([...Buffer.from(text), ...more])
type Refusal = [
  what: string,
  form: Parameters<typeof post>[1],
  type: string,
  status: number,
  code: string,
  words: string,
]
const refused: Refusal[] = [
  ['JSON', '{"token":"x"}', json, 415, 'unsupported_media_type', 'must be sent as application/x-www-form-urlencoded'],
  ['plain text', 'token=x', 'text/plain', 415, 'unsupported_media_type', 'must be sent as'],
  ['another form', 'token=x', 'multipart/form-data; boundary=x', 415, 'unsupported_media_type', 'must be sent as'],
  ['nothing', '', type, 400, 'invalid_request', '^token is required$'],
  ['a token without a value', 'token=', type, 400, 'invalid_request', '^token is required$'],
  ['a token without even a sign', 'token', type, 400, 'invalid_request', '^token is required$'],
  ['another parameter', 'Token=x', type, 400, 'invalid_request', '^token is required$'],
  ['two tokens', 'token=x&token=y', type, 400, 'invalid_request', 'more than once'],
  ['the same token twice', 'token=x&token=x', type, 400, 'invalid_request', 'more than once'],
  ['two tokens, one of them empty', 'token=&token=x', type, 400, 'invalid_request', 'more than once'],
  ['two tokens, one in disguise', 'token=x&%74oken=y', type, 400, 'invalid_request', 'more than once'],
  [
    'two that differ in how a space is written',
    'token=x&a+b=1&a%20b=2',
    type,
    400,
    'invalid_request',
    'more than once',
  ],
  ['a strange parameter twice', 'token=x&__proto__=1&__proto__=2', type, 400, 'invalid_request', 'more than once'],
  ['invalid UTF-8', bytes('token=', 0xff), type, 400, 'malformed_body', 'not a valid form'],
  ['escaped invalid UTF-8', 'token=%ff', type, 400, 'malformed_body', 'not a valid form'],
  ['half an escape', 'token=%e', type, 400, 'malformed_body', 'not a valid form'],
  ['too much', `token=${'x'.repeat(17_000)}`, type, 413, 'payload_too_large', 'larger than'],
]
for (const [what, form, contentType, status, code, words] of refused) {
  t.test(`${what} is refused with an OAuth error`, async (t) => {
    for (const path of paths) {
      const answer = await send(path, form, contentType)
      t.match(answer.headers.get('content-type'), /^application\/json/)
      t.equal(answer.headers.get('cache-control'), 'no-store')
      t.match(answer.body, { error: 'invalid_request', error_description: new RegExp(words), code, retryable: false })
      t.strictSame(Object.keys(answer.body), ['error', 'error_description', 'code', 'retryable', 'request_id'])
      t.equal(answer.status, status)
    }
  })
}

t.test('a request without body and content type names the missing parameter', async (t) => {
  for (const path of paths) {
    const response = await fetch(baseUrl + path, { method: 'POST', headers: { authorization } })
    t.match(await response.json(), { error: 'invalid_request', error_description: 'the body is required' })
  }
})

t.test('forms are accepted in every valid spelling', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const [escaped] = [token.replaceAll(/[.-]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)]
  for (const form of [
    `token=${escaped}`,
    `&&token=${token}&`,
    `a&b=&=c&x=y=z&token=${token}`,
    `t+t=+&%74oken=${token}`,
  ]) {
    t.match(await send('/oauth/introspect', form, `${type}; charset=UTF-8`), { status: 200, body: { active: true } })
  }
})

t.test('other routes refuse forms', async (t) => {
  for (const path of ['/auth/login', '/auth/register', '/auth/refresh', '/auth/logout']) {
    const answer = await post(baseUrl + path, { email: 'ada@example.com', password: 'x', refresh_token: 'x' })
    t.match(answer, { status: 415, body: { code: 'unsupported_media_type', title: String } }, path)
    t.equal(answer.headers.get('content-type'), 'application/problem+json')
  }
  const { access_token: token } = await register(baseUrl)
  const headers = { authorization: `Bearer ${token}`, 'content-type': type }
  const change = await fetch(`${baseUrl}/auth/me`, { method: 'PATCH', headers, body: 'name=Ada' })
  t.match(await change.json(), { status: 415, code: 'unsupported_media_type' })
  t.match(await call(`${baseUrl}/oauth/revoke`), { status: 405, body: { code: 'method_not_allowed' } })
})

t.test('any text as a token gets a 200, as revoked or inactive', async (t) => {
  const { access_token: access, refresh_token: refresh, ...pair } = await register(baseUrl)
  const key = node.keyRing.signing
  const [header = '', payload = ''] = access.split('.')
  const changed = (token: string) =>
    fc
      .record({ at: fc.nat(token.length - 1), by: fc.constantFrom('A', '.', '\u0000', 'é', '=', ' ', '\u{1f600}') })
      .filter(({ at, by }) => token[at] !== by)
      .map(({ at, by }) => token.slice(0, at) + by + token.slice(at + 1))
  const crafted = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).filter((text) => text.isWellFormed()),
    fc.string({ minLength: 1, maxLength: 6000 }),
    changed(access),
    changed(refresh),
    fc.tuple(fc.string(), fc.string(), fc.string()).map((parts) => parts.join('.')),
    fc.string().map((text) => `${header}.${Buffer.from(text).toString('base64url')}.x`),
    fc.json().map((text) => signClaims(JSON.parse(`{"x":${text}}`) as object, key)),
    fc.constantFrom(
      `${access}.`,
      `${header}.${payload}.`,
      `${refresh}.A`,
      refresh.replace('cs1', 'cs2'),
      access + refresh,
    ),
  )
  await fc.assert(
    fc.asyncProperty(crafted, async (token) => {
      const [revoked, seen] = await Promise.all(paths.map((path) => send(path, { token })))
      t.match(revoked, { status: 200, text: '' }, JSON.stringify(token))
      t.match(seen, { status: 200, text: '{"active":false}' }, JSON.stringify(token))
    }),
    runs(150),
  )
  t.match((await send('/oauth/introspect', { token: refresh })).body, { active: true, sid: pair.session_id })
})

t.test('a crafted form never causes a 5xx', async (t) => {
  const text = fc.string({ unit: fc.constantFrom(...'token=&%+2e;hint_\u0000é '.split('')) })
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        text,
        fc.uint8Array().map((raw) => new Uint8Array(raw)),
      ),
      async (form) => {
        for (const path of paths) {
          const { status, body } = await send(path, form)
          if (status !== 200) t.match({ status, body }, { status: 400, body: { error: 'invalid_request' } })
        }
      },
    ),
    runs(80),
  )
})

t.test('an unexpected error becomes an OAuth error that does not tell its cause', async (t) => {
  const app = await createServer()
  t.teardown(() => app.close())
  await app.register(async (scope) => {
    handleOauthErrors(scope)
    scope.get('/broken', async () => Promise.reject(new Error('the password is hunter2')))
    scope.get('/odd', async () => Promise.reject(new AppError('invalid_request', { detail: '"é\\\n' })))
  })
  const broken = await app.inject('/broken')
  t.match(broken, { statusCode: 500, headers: { 'content-type': /^application\/json/ } })
  t.match(broken.json(), { error: 'server_error', code: 'internal_error' })
  t.notMatch(broken.body, /hunter2/)
  t.equal((await app.inject('/odd')).json().error_description, "'".repeat(4), 'in the letters of RFC 6749 §5.2')
})

t.test('without a database a client gets a 503, and an invalid token is still answered', async (t) => {
  const lost = await startOauthNode(t)
  const pair = await register(lost.baseUrl)
  const operator = new pg.Client({ connectionString: node.databaseUrl })
  await operator.connect()
  await operator.query(`DROP DATABASE ${new URL(lost.databaseUrl).pathname.slice(1)} WITH (FORCE)`)
  await operator.end()
  for (const path of paths) {
    for (const token of [pair.access_token, pair.refresh_token]) {
      const answer = await post(lost.baseUrl + path, { token }, { authorization })
      t.match(answer, { status: 503, body: { error: 'temporarily_unavailable', code: 'database_unavailable' } }, path)
      t.match(answer.body, { retryable: true })
      t.equal(answer.headers.get('retry-after'), '1')
    }
    t.equal((await post(lost.baseUrl + path, { token: 'x' }, { authorization })).status, 200)
  }
})
