/** A client of auth.example.com that resolves the name to this machine, over HTTP/1.1 with open connections or over HTTP/2. */
import { once } from 'node:events'
import { connect } from 'node:http2'
import { Agent, request } from 'node:https'

const host = 'auth.example.com'

export type Asked = { body?: unknown; headers?: Record<string, string>; method?: string }
export type Given = {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Record<string, unknown>
  readonly text: string
}
export type Client = { readonly ask: (path: string, asked?: Asked) => Promise<Given>; readonly close: () => void }

type To = { readonly port: number; readonly certificate: string; readonly localAddress?: string }

const read = async (stream: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(stream)).toString()

function given(status: number, headers: Record<string, unknown>, text: string): Given {
  const isJson = String(headers['content-type']).includes('json')
  return { status, headers, text, body: isJson ? JSON.parse(text) : {} }
}

const payload = ({ body }: Asked) => (body === undefined ? undefined : JSON.stringify(body))
const methodOf = ({ method, body }: Asked) => method ?? (body === undefined ? 'GET' : 'POST')
const typed = ({ body, headers }: Asked) => ({
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...headers,
})

/** A client with HTTP/1.1. `localAddress` is the address that it connects from. */
export function httpsClient({ port, certificate, localAddress }: To): Client {
  const agent = new Agent({ keepAlive: true, ca: certificate })
  const from = localAddress === undefined ? {} : { localAddress }
  const ask = async (path: string, asked: Asked = {}) => {
    const headers = { host, ...typed(asked) }
    const to = { host: '127.0.0.1', port, servername: host, agent, path, method: methodOf(asked), headers, ...from }
    const sent = request(to).end(payload(asked))
    const [answer] = await once(sent, 'response')
    return given(answer.statusCode, answer.headers, await read(answer))
  }
  return { ask, close: () => agent.destroy() }
}

/** A client with HTTP/2. It opens a new connection when nginx says that the old one has had its thousand requests. */
export function http2Client({ port, certificate }: To): Client {
  const open = () => {
    const opened = connect(`https://${host}:${port}`, { ca: certificate, host: '127.0.0.1', servername: host })
    opened.once('goaway', () => {
      if (session === opened) session = open()
    })
    return opened
  }
  let session = open()
  const ask = async (path: string, asked: Asked = {}) => {
    const sent = session.request({ ':path': path, ':method': methodOf(asked), ':authority': host, ...typed(asked) })
    sent.end(payload(asked))
    const [headers] = await once(sent, 'response')
    return given(Number(headers[':status']), headers, await read(sent))
  }
  return { ask, close: () => session.close() }
}
