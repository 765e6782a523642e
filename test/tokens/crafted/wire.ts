/** Sends raw HTTP, such as repeated headers, invalid bytes and folded lines, which `fetch` would refuse to send. */
import { connect } from 'node:net'

export type Wire = {
  method?: string
  /** Header lines without line ends. They may contain anything. */
  lines?: readonly (string | Buffer)[]
  query?: string
  body?: string
}
export type WireAnswer = { status: number; headers: Headers; text: string }

/** Sends one request over its own socket, and returns the response. */
export function exchange(baseUrl: string, path: string, request: Wire): Promise<WireAnswer> {
  const { hostname, port, host } = new URL(baseUrl)
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>()
  const chunks: Buffer[] = []
  const socket = connect(Number(port), hostname)
  socket.setTimeout(5000, () => socket.destroy(new Error('no answer within 5 s')))
  socket.on('data', (chunk) => chunks.push(chunk))
  // A server that refuses a request early resets the connection after its response. The response counts.
  socket.on('error', (error) => (chunks.length === 0 ? reject(error) : resolve(parse(Buffer.concat(chunks)))))
  socket.on('end', () => (chunks.length === 0 ? reject(new Error('no answer')) : resolve(parse(Buffer.concat(chunks)))))
  socket.write(serialize(host, path, request))
  return promise
}

function serialize(host: string, path: string, { method = 'GET', lines = [], query = '', body }: Wire): Buffer {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const head = [`${method} ${path}${query} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...lines, ...length]
  const crlf = Buffer.from('\r\n')
  const bytes = head.flatMap((line) => [typeof line === 'string' ? Buffer.from(line, 'latin1') : line, crlf])
  return Buffer.concat([...bytes, crlf, Buffer.from(body ?? '')])
}

function parse(bytes: Buffer): WireAnswer {
  const text = bytes.toString('latin1')
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Headers(lines.map((line) => splitOnce(line, ': ')))
  return { status: Number(statusLine.split(' ')[1]), headers, text: rest.join('\r\n\r\n') }
}

function splitOnce(line: string, by: string): [string, string] {
  const at = line.indexOf(by)
  return [line.slice(0, at), line.slice(at + by.length)]
}
