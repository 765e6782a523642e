/** Requests that are invalid, or that two servers might read differently, with their expected responses. */
export type Trick = readonly [
  name: string,
  bytes: string | Buffer,
  statuses: readonly number[],
  orCutOff?: 'or cut off',
]

const get = (...lines: string[]) => ['GET /livez HTTP/1.1', ...lines, '', ''].join('\r\n')
const post = (lines: readonly string[], body = '') =>
  ['POST /auth/login HTTP/1.1', 'Host: a', 'Content-Type: application/json', ...lines, '', body].join('\r\n')
const start = (line: string, ...lines: string[]) =>
  [line, 'Host: a', 'Connection: close', ...lines, '', ''].join('\r\n')
const close = 'Connection: close'
const chunked = 'Transfer-Encoding: chunked'
const hidden = 'GET /auth/whoami HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'

export const smuggling: readonly Trick[] = [
  ['two Content-Lengths that differ', post(['Content-Length: 2', 'Content-Length: 5', close], '{}{}{'), [400]],
  ['two Content-Lengths alike', post(['Content-Length: 2', 'Content-Length: 2', close], '{}'), [400]],
  ['a list of Content-Lengths', post(['Content-Length: 2, 2', close], '{}'), [400]],
  ['a Content-Length with a plus', post(['Content-Length: +2', close], '{}'), [400]],
  ['a negative Content-Length', post(['Content-Length: -1', close], '{}'), [400]],
  ['a Content-Length in hex', post(['Content-Length: 0x2', close], '{}'), [400]],
  ['a Content-Length past 2^64', post(['Content-Length: 18446744073709551618', close], '{}'), [400]],
  ['a Content-Length with a space inside', post(['Content-Length: 2 2', close], '{}'), [400]],
  ['Content-Length and chunked', post(['Content-Length: 4', chunked, close], `0\r\n\r\n${hidden}`), [400]],
  ['chunked and Content-Length', post([chunked, 'Content-Length: 4', close], `0\r\n\r\n${hidden}`), [400]],
  ['chunked twice', post([chunked, chunked, close], '0\r\n\r\n'), [400]],
  ['chunked, then identity', post(['Transfer-Encoding: chunked, identity', close], '0\r\n\r\n'), [400]],
  ['chunked with a tab before the colon', post(['Transfer-Encoding\t: chunked', close], '0\r\n\r\n'), [400]],
  ['xchunked', post(['Transfer-Encoding: xchunked', close], '0\r\n\r\n'), [400]],
  ['chunked after a vertical tab', post(['Transfer-Encoding: \x0bchunked', close], '0\r\n\r\n'), [400]],
  ['chunked in a folded line', post(['Transfer-Encoding:', ' chunked', close], '0\r\n\r\n'), [400]],
  ['a chunk size that is no number', post([chunked, close], 'zz\r\n{}\r\n0\r\n\r\n'), [400]],
  ['a negative chunk size', post([chunked, close], '-2\r\n{}\r\n0\r\n\r\n'), [400]],
  ['a chunk size with 0x', post([chunked, close], '0x2\r\n{}\r\n0\r\n\r\n'), [400]],
  ['a chunk size past 2^64', post([chunked, close], 'ffffffffffffffffff\r\n{}\r\n0\r\n\r\n'), [400]],
  ['a chunk longer than it says', post([chunked, close], '2\r\n{}{}\r\n0\r\n\r\n'), [400]],
  ['a chunk that ends in LF alone', post([chunked, close], '2\n{}\n0\n\n'), [400]],
  ['a chunk extension of 20 KiB', post([chunked, close], `2;${'x'.repeat(20_480)}\r\n{}\r\n0\r\n\r\n`), [400]],
  ['a body in a GET', get('Host: a', close, `Content-Length: ${hidden.length}`) + hidden, [200]],
]

export const lines: readonly Trick[] = [
  ['a folded header', get('Host: a', 'X-A: b', ' c', close), [400]],
  ['a space before the colon', get('Host : a', close), [400]],
  ['a header with no name', get('Host: a', ': b', close), [400]],
  ['a header with a NUL', get('Host: a', 'X-A: b\0c', close), [400]],
  ['a bare carriage return', get('Host: a\rX-A: b', close), [400]],
  ['lines that end in LF alone', `GET /livez HTTP/1.1\nHost: a\n${close}\n\n`, [400]],
  ['no Host', get(close), [400]],
  ['no Host, in HTTP/1.0', 'GET /livez HTTP/1.0\r\n\r\n', [200]],
  ['Host twice', get('Host: a', 'Host: b', close), [400]],
  ['a Host of rubbish', get('Host: a b/../@#', close), [400]],
  ['HTTP/0.9', 'GET /livez\r\n\r\n', [200]],
  ['HTTP/1.2', start('GET /livez HTTP/1.2'), [400]],
  ['HTTP/2.0', start('GET /livez HTTP/2.0'), [200]],
  ['HTTP/3', start('GET /livez HTTP/3'), [400]],
  ['HTTP/9999999999.1', start('GET /livez HTTP/9999999999.1'), [400]],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['a TLS handshake', Buffer.from('1603010200010001fc0303', 'hex'), [400]],
  ['32 KiB of headers', get('Host: a', `X-A: ${'x'.repeat(32_768)}`, close), [431]],
  ['32 KiB of headers in 5,000 lines', get('Host: a', ...Array.from({ length: 5000 }, () => 'abc: def'), close), [431]],
  ['3,000 headers', get('Host: a', ...Array.from({ length: 3000 }, () => 'a:'), close), [200]],
  ['32 KiB of address', start(`GET /${'x'.repeat(32_768)} HTTP/1.1`), [431]],
  ['15 KiB of address', start(`GET /${'x'.repeat(15_000)} HTTP/1.1`), [404]],
  ['15 KiB of cookies', get('Host: a', `Cookie: ${'a=b; '.repeat(3000)}`, close), [200]],
  ['a method that is none', start('HACK /livez HTTP/1.1'), [400]],
  ['a method in lower case', start('get /livez HTTP/1.1'), [400]],
  ['CONNECT', start('CONNECT a:443 HTTP/1.1'), []],
  ['TRACE', start('TRACE /livez HTTP/1.1'), [405]],
  ['SOURCE, of Icecast', start('SOURCE /livez HTTP/1.1'), [404]],
  ['an RTSP method', start('DESCRIBE /livez HTTP/1.1'), [400]],
  ['PROPFIND', start('PROPFIND /livez HTTP/1.1'), [404]],
  ['OPTIONS *', start('OPTIONS * HTTP/1.1'), [404]],
  ['Upgrade to a web socket', get('Host: a', 'Connection: Upgrade, close', 'Upgrade: websocket'), [200]],
  ['Upgrade to h2c', get('Host: a', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c'), [200]],
  ['Expect: 100-continue', post(['Content-Length: 2', 'Expect: 100-continue', close], '{}'), [100, 400]],
  ['Expect: a cup of tea', post(['Content-Length: 2', 'Expect: tea', close], '{}'), [417]],
]

export const addresses: readonly Trick[] = [
  ['the whole address of another server', start('GET http://evil.test/livez HTTP/1.1'), [200]],
  ['an address without a slash', start('GET livez HTTP/1.1'), [400]],
  ['an address of two slashes', start('GET //livez HTTP/1.1'), [404]],
  ['an address of another scheme', start('GET file:///etc/passwd HTTP/1.1'), [404]],
  ['an encoded slash', start('GET /auth%2fwhoami HTTP/1.1'), [404]],
  ['an encoded letter', start('GET /auth/%77hoami HTTP/1.1'), [401]],
  ['capital letters', start('GET /AUTH/WHOAMI HTTP/1.1'), [404]],
  ['a slash at the end', start('GET /auth/whoami/ HTTP/1.1'), [404]],
  ['steps upwards', start('GET /auth/../auth/whoami HTTP/1.1'), [404]],
  ['encoded steps upwards', start('GET /auth/%2e%2e/auth/whoami HTTP/1.1'), [404]],
  ['a semicolon', start('GET /auth/whoami;a=b HTTP/1.1'), [404]],
  ['a NUL', start('GET /livez\0 HTTP/1.1'), [400]],
  ['an encoded NUL', start('GET /livez%00 HTTP/1.1'), [404]],
  ['half an escape', start('GET /auth/%w HTTP/1.1'), [404]],
  ['an escape of broken UTF-8', start('GET /auth/%ff HTTP/1.1'), [404]],
  ['a byte of Latin-1', Buffer.from(start('GET /caf\xe9 HTTP/1.1'), 'latin1'), [400]],
  ['a fragment', start('GET /livez#x HTTP/1.1'), [200]],
  ['a space in the address', start('GET /livez x HTTP/1.1'), [400]],
  ['a query of 10,000 members', start(`GET /livez?${'a&'.repeat(5000)} HTTP/1.1`), [200]],
  ['a query of broken escapes', start('GET /livez?a=%zz&%=%ff HTTP/1.1'), [200]],
  ['a query that reaches for a prototype', start('GET /livez?__proto__[x]=1&constructor.prototype=1 HTTP/1.1'), [200]],
]

const json = (body: string | Buffer, type = 'application/json', path = '/auth/login', ...more: string[]) => {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return Buffer.concat([
    Buffer.from(start(`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, length, ...more)),
    Buffer.from(body),
  ])
}
const member = (name: string) => `{"email":"a@b.test","password":"x",${JSON.stringify(name)}:{"isAdmin":true}}`
const good = '{"email":"a@b.test","password":"x"}'

export const bodies: readonly Trick[] = [
  ['10 MB', json('x'.repeat(10_000_000)), [413], 'or cut off'],
  [
    '10 MB in chunks',
    post([chunked, close], `${`4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(610)}0\r\n\r\n`),
    [413],
    'or cut off',
  ],
  ['10 MB to an address that is none', json('x'.repeat(10_000_000), undefined, '/x'), [413], 'or cut off'],
  ['broken UTF-8', json(Buffer.from('{"email":"\xff\xfe","password":"x"}', 'latin1')), [400]],
  ['UTF-8 that is too long', json(Buffer.from('{"email":"\xc0\x80@b.c"}', 'latin1')), [400]],
  ['half a surrogate pair in UTF-8', json(Buffer.from('{"email":"\xed\xa0\x80"}', 'latin1')), [400]],
  ['UTF-16', json(Buffer.from(good, 'utf16le')), [400]],
  ['a byte order mark', json(`\ufeff${good}`), [401]],
  ['half of JSON', json('{"email":'), [400]],
  ['JSON and more', json(`${good}x`), [400]],
  ['one quotation mark', json('"'), [400]],
  ['8,000 brackets', json('['.repeat(8000)), [400]],
  ['a number of 16,000 digits', json('1'.repeat(16_000)), [400]],
  ['1e400', json('{"email":1e400,"password":1e400}'), [400]],
  ['a member twice', json('{"email":"a@b.test","password":"x","password":"y"}'), [401]],
  ['__proto__', json(member('__proto__')), [400]],
  ['__proto__ in escapes', json('{"\\u005f\\u005fproto__":{"isAdmin":true}}'), [400]],
  ['constructor.prototype', json('{"constructor":{"prototype":{"isAdmin":true}}}'), [400]],
  ['constructor', json(member('constructor')), [400]],
  ['toString', json(member('toString')), [400]],
  ['a form', json('email=a', 'application/x-www-form-urlencoded'), [415]],
  ['multipart', json('--a\r\n\r\n--a--', 'multipart/form-data; boundary=a'), [415]],
  ['XML', json('<x/>', 'application/xml'), [415]],
  ['text/plain', json(good, 'text/plain'), [415]],
  ['JSON in UTF-16, as it says', json(good, 'application/json; charset=utf-16'), [401]],
  ['application/jsonx', json(good, 'application/jsonx'), [415]],
  ['application/problem+json', json(good, 'application/problem+json'), [415]],
  ['a type in capital letters', json(good, 'APPLICATION/JSON'), [401]],
  ['a type with a broken parameter', json(good, 'application/json; ='), [401]],
  ['a type with two values', json(good, 'application/json, text/plain'), [415]],
  ['the types of two headers', json(good, 'text/plain', undefined, 'Content-Type: application/json'), [415]],
  ['an empty type', json(good, ''), [415]],
  ['gzip that is none', json(good, undefined, undefined, 'Content-Encoding: gzip'), [401]],
]
