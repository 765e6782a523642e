import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { call } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
const login = `${node.baseUrl}/auth/login`
const json = { 'content-type': 'application/json' }

const post = async (body: string | Uint8Array<ArrayBuffer> | null, headers: Record<string, string> = json) => {
  const response = await fetch(login, { method: 'POST', body, headers })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

t.test('failures are problem documents', async (t) => {
  const { status, headers, body } = await call(`${node.baseUrl}/nowhere`)
  t.equal(headers.get('content-type'), 'application/problem+json')
  t.equal(status, 404)
  t.strictSame(body, {
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'This does not exist.',
    code: 'not_found',
    retryable: false,
    request_id: headers.get('x-request-id'),
  })
})

t.test('an invalid body is 400, and the errors name each invalid member', async (t) => {
  const bad = { email: 'nobody', password: 5, role: 'admin', 'a/b': 1 }
  const { status, body } = await call(login, { body: bad })
  t.equal(status, 400)
  t.same(body['code'], 'invalid_request')
  const paths = (body['errors'] as { path: string }[]).map(({ path }) => path)
  t.same(paths.toSorted(), ['/a~1b', '/email', '/password', '/role'])
})

const refused: [string, string | Uint8Array<ArrayBuffer> | null, Record<string, string>, number, string][] = [
  ['no body', null, json, 400, 'invalid_request'],
  ['an array', '[]', json, 400, 'invalid_request'],
  ['null', 'null', json, 400, 'invalid_request'],
  ['half of JSON', '{"email":', json, 400, 'malformed_body'],
  ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), json, 400, 'malformed_body'],
  ['a prototype', '{"__proto__":{"x":1}}', json, 400, 'malformed_body'],
  ['a constructor', '{"constructor":{"prototype":{"x":1}}}', json, 400, 'malformed_body'],
  ['NUL in the email', '{"email":"a\\u0000@b.de","password":"x"}', json, 400, 'invalid_request'],
  ['half a surrogate pair', '{"email":"\\ud800@b.de","password":"x"}', json, 400, 'invalid_request'],
  ['17 KiB', JSON.stringify('x'.repeat(17_000)), json, 413, 'payload_too_large'],
  ['a form', 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
  ['plain text', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  [
    'JSON that says it is text',
    '{}',
    { 'content-type': 'text/plain; application/json' },
    415,
    'unsupported_media_type',
  ],
]
for (const [name, body, headers, status, code] of refused) {
  t.test(`${name} is ${status} ${code}`, async (t) => {
    t.match(await post(body, headers), { status, body: { status, code } })
  })
}

t.test('an unsupported method is 405 with Allow', async (t) => {
  for (const [method, path, allow] of [
    ['GET', '/auth/login', 'POST'],
    ['DELETE', '/auth/refresh', 'POST'],
    ['PUT', '/auth/me', 'GET, HEAD, PATCH, DELETE'],
    ['POST', '/.well-known/jwks.json', 'GET, HEAD'],
  ] as const) {
    const { status, headers, body } = await call(node.baseUrl + path, { method })
    t.match({ status, body }, { status: 405, body: { code: 'method_not_allowed' } }, `${method} ${path}`)
    t.equal(headers.get('allow'), allow)
  }
})

t.test('a path is accepted in one spelling', async (t) => {
  for (const path of ['//auth/login', '/auth//login', '/auth/login/', '/AUTH/login', '/auth/%6Cogin/', '/auth/%zz']) {
    t.equal((await call(node.baseUrl + path, { body: {} })).status, 404, path)
  }
})

t.test('a request id of a trusted proxy is kept, and that of a stranger or an odd one is replaced', async (t) => {
  const own = /^[0-9a-f-]{36}$/
  const echo = async (baseUrl: string, id: string) =>
    (await fetch(`${baseUrl}/livez`, { headers: { 'x-request-id': id } })).headers.get('x-request-id')
  t.match(await echo(node.baseUrl, 'trace-1.a_B'), own)
  const far = await startNode(t, { env: { TRUSTED_PROXIES: '10.0.0.0/8,2001:db8::/32' } })
  t.match(await echo(far.baseUrl, 'trace-1.a_B'), own)
  for (const proxy of ['127.0.0.1', '10.0.0.1,127.0.0.0/8']) {
    const behind = await startNode(t, { databaseUrl: node.databaseUrl, env: { TRUSTED_PROXIES: proxy } })
    t.equal(await echo(behind.baseUrl, 'trace-1.a_B'), 'trace-1.a_B')
    t.match(await echo(behind.baseUrl, 'x'.repeat(65)), own)
    t.match(await echo(behind.baseUrl, '{"a":1}'), own)
  }
})

t.test('the audit log has an id of the server, and the log has that of the client beside it', async (t) => {
  const lines: string[] = []
  const logging = await startNode(t, { log: (line) => lines.push(line) })
  const body = JSON.stringify({ email: 'nobody@example.com', password: 'not the password' })
  const answer = await fetch(`${logging.baseUrl}/auth/login`, {
    method: 'POST',
    headers: { ...json, 'x-request-id': 'forged-by-a-stranger' },
    body,
  })
  const { rows } = await logging.database.pool.query('SELECT request_id FROM audit_events')
  t.same(rows, [{ request_id: answer.headers.get('x-request-id') }])
  t.match(
    lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request'),
    [{ reqId: rows[0]?.request_id, givenId: 'forged-by-a-stranger' }],
  )
})

t.test('a request has one Host header with a host in it', async (t) => {
  const { hostname, port } = new URL(node.baseUrl)
  const statusFor = async (...lines: string[]) => {
    const socket = connect(Number(port), hostname)
    socket.write(['GET /livez HTTP/1.1', ...lines, 'Connection: close', '', ''].join('\r\n'))
    return /^HTTP\/1.1 (\d+)/.exec(await text(socket))?.[1]
  }
  for (const good of ['a', 'auth.example.com:443', '127.0.0.1:80', '[::1]:3000', '']) {
    t.equal(await statusFor(`Host: ${good}`), '200', good)
  }
  for (const bad of ['a b', 'a/b', 'user@host', 'a:b', 'a, b', 'a#b', '[x]', 'a\\b']) {
    t.equal(await statusFor(`Host: ${bad}`), '400', bad)
  }
  t.equal(await statusFor('Host: a', 'Host: b'), '400')
  t.equal(await statusFor('Host: a', 'hOST: a'), '400', 'twice the same')
  t.equal(await statusFor(), '400')
})

t.test('responses are not cached, not framed and not sniffed', async (t) => {
  for (const path of ['/auth/whoami', '/livez', '/nowhere']) {
    const { headers } = await call(node.baseUrl + path)
    t.equal(headers.get('cache-control'), 'no-store', path)
    t.match(headers.get('content-security-policy'), /default-src 'none';base-uri 'none';frame-ancestors 'none'/, path)
    t.equal(headers.get('x-content-type-options'), 'nosniff', path)
  }
})

t.test('invalid or oversized HTTP gets a problem document and a closed socket', async (t) => {
  const { hostname, port } = new URL(node.baseUrl)
  const talk = (words: string) => {
    const socket = connect(Number(port), hostname)
    socket.write(words)
    return text(socket)
  }
  t.match(await talk('hello\r\n\r\n'), /^HTTP\/1.1 400 [^]*"code":"invalid_request"/)
  t.match(
    await talk(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`),
    /^HTTP\/1.1 431 [^]*"code":"headers_too_large"/,
  )
})

t.test('no log line holds a password or a token', async (t) => {
  const lines: string[] = []
  const logging = await startNode(t, { log: (line) => lines.push(line) })
  const body = { email: 'quiet@example.com', password: 'a password nobody must read' }
  const answer = await call(`${logging.baseUrl}/auth/register?password=in-the-query`, { body })
  await call(`${logging.baseUrl}/auth/whoami`, { token: String(answer.body['access_token']) })
  await call(`${logging.baseUrl}/auth/refresh`, { body: { refresh_token: answer.body['refresh_token'] } })
  await call(`${logging.baseUrl}/auth/login`, { body: { ...body, password: 'a wrong one nobody must read' } })
  const log = lines.join('')
  t.ok(lines.length >= 4)
  for (const secret of [
    'nobody must read',
    'in-the-query',
    answer.body['access_token'],
    answer.body['refresh_token'],
  ]) {
    t.notOk(log.includes(String(secret)))
  }
})
