/** No request for a page or a file of this server ends in a fault, whatever its path and its headers. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startNode } from '../setup/node.ts'

const lines: string[] = []
const node = await startNode(t, { mail: true, log: (line) => lines.push(line) })
const { hostname, port } = new URL(node.baseUrl)

/** Sends exactly this path and these headers, which an HTTP client would clean up or refuse. */
async function ask(method: string, path: string, ...headers: string[]) {
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(
    [`${method} ${path} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers, '', ''].join('\r\n'),
    'latin1',
  )
  const answer = await text(socket)
  return { status: Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]), answer }
}

const file = '/docs/static/swagger-ui.css'

const paths: readonly (readonly [path: string, status: number])[] = [
  [file, 200],
  [`${file}?v=1`, 200],
  [`${file}?v=%`, 200],
  ['/docs?x=%zz', 200],
  ['/docs/static/%2e%2e/x', 404],
  ['/docs/static/../x', 404],
  ['/docs/static/..%2fx', 404],
  ['/docs/static/%2e%2e%2f%2e%2e%2fpackage.json', 404],
  ['/docs/static/%2e%2e%5cx', 404],
  ['/docs/static/..\\x', 404],
  ['/docs/static/%252e%252e/x', 404],
  ['/docs/static/%c0%ae%c0%ae/x', 404],
  ['/docs/static/..;/x', 404],
  ['/docs/static/.', 404],
  ['/docs/static/./swagger-ui.css', 404],
  ['/docs/static/', 404],
  ['/docs/static//', 404],
  ['/docs/static//etc/passwd', 404],
  ['/docs/static/%2fetc%2fpasswd', 404],
  ['/docs/static/%00', 404],
  ['/docs/static/\0', 400],
  [`${file}%00`, 404],
  [`${file}%20`, 404],
  [`${file}/`, 404],
  [`${file}/x`, 404],
  [`${file}::$DATA`, 404],
  ['/docs/static/%', 404],
  ['/docs/static/%zz', 404],
  ['/docs/static/%ff', 404],
  ['/docs/static/%3f', 404],
  ['/docs/static/a%23b', 404],
  [`/docs/static/${'a'.repeat(300)}`, 404],
  [`/docs/static/${'a'.repeat(5000)}`, 404],
  [`/docs/static/${'a/'.repeat(2500)}`, 404],
  ['/docs/static/package.json', 404],
  ['/docs/static/index.html', 404],
  ['/docs/static/swagger-ui.js', 404],
  ['/docs//static/swagger-ui.css', 404],
  ['//docs/static/x', 404],
  ['http://a/docs/static/%2e%2e/x', 404],
  ['/docs/%2e%2e/x', 404],
  ['/verify-email/%2e%2e/x', 404],
  ['/pages/%2e%2e/page.css', 404],
  ['/pages/page.css%00', 404],
  ['/dev/mailbox/..%2f', 404],
]

await t.test('a path that names no file of ours is 404', async (t) => {
  for (const [path, status] of paths) {
    for (const method of ['GET', 'HEAD']) {
      t.equal((await ask(method, path)).status, status, `${method} ${JSON.stringify(path.slice(0, 60))}`)
    }
  }
})

const longList = `bytes=${'0-1,'.repeat(1000)}0-1`
const headers: readonly (readonly [status: number, ...headers: string[]])[] = [
  [206, 'Range: bytes=0-1'],
  [206, 'Range: bytes=0-99999999999999999999999'],
  [416, 'Range: bytes=99999999-'],
  [416, 'Range: bytes=-0'],
  [416, 'Range: bytes=5-1'],
  [200, 'Range: x'],
  [416, 'Range: bytes=a-b'],
  [200, 'Range: bytes=0-1,5-6'],
  [200, 'Range: bytes=1-2', 'Range: bytes=3-4'],
  [206, `Range: ${longList}`],
  [200, 'If-Range: "x"', 'Range: bytes=99999999-'],
  [200, 'If-Range: x', 'Range: bytes=0-1'],
  [200, 'If-Range: Thu, 01 Jan 1970 00:00:00 GMT', 'Range: bytes=0-1'],
  [304, 'If-None-Match: *'],
  [200, 'If-None-Match: "'],
  [200, 'If-None-Match: W/"x",,,"'],
  [200, `If-None-Match: ${'"x",'.repeat(2000)}`],
  [412, 'If-Match: "x"'],
  [200, 'If-Match: *'],
  [200, 'If-Modified-Since: never'],
  [304, 'If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT'],
  [200, 'If-Modified-Since: -1'],
  [412, 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT'],
  [200, 'If-Unmodified-Since: x'],
  [200, 'Accept: \xff', 'Accept-Encoding: \xff', 'Accept-Language: \xff'],
  [200, 'Accept-Encoding: br;q=0, *;q=0'],
  [200, 'Accept: text/html;q=2, */*;q=x, ;;,'],
  [200, 'Content-Length: 0'],
]

await t.test('a condition or a range that cannot be met is 412 or 416', async (t) => {
  for (const [status, ...sent] of headers) {
    for (const method of ['GET', 'HEAD']) {
      t.equal((await ask(method, file, ...sent)).status, status, `${method} ${sent.join(' ').slice(0, 80)}`)
    }
  }
})

await t.test('and no other page minds such headers', async (t) => {
  const pages = [
    '/',
    '/docs',
    '/docs/json',
    '/openapi.yaml',
    '/verify-email',
    '/pages/link-page.js',
    '/dev/mailbox',
    '/nowhere',
  ]
  for (const [, ...sent] of headers) {
    for (const path of pages) {
      const { status } = await ask('GET', path, ...sent)
      t.ok(status < 500, `${status} ${path} ${sent.join(' ').slice(0, 80)}`)
    }
  }
})

await t.test('other methods are refused', async (t) => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'BREW']) {
    const { status } = await ask(method, file)
    t.ok(status >= 400 && status < 500, `${status} ${method}`)
  }
})

t.test('a refusal is a problem document, and the log holds no fault', async (t) => {
  t.match((await ask('GET', file, 'Range: bytes=99999999-')).answer, /"code":"range_not_satisfiable"/)
  t.match((await ask('GET', '/docs/static/%2e%2e/x')).answer, /"code":"not_found"/)
  const faults = lines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50)
  t.same(faults, [])
})
