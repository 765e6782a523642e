/** Sends requests with headers that fetch would not send, such as repeated or empty ones. */
import { once } from 'node:events'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { lastOfEachName } from '../../setup/set-cookies.ts'

export type Header = readonly [name: string, value: string]
export type Sent = { method?: string; path: string; headers?: readonly Header[]; body?: string | undefined }
export type Reply = {
  status: number
  headers: IncomingHttpHeaders
  /** The last Set-Cookie line for each name. A line before it clears the same cookie of the other kind, partitioned or not. */
  setCookies: readonly string[]
  body: Record<string, unknown>
}

export const json: Header = ['Content-Type', 'application/json']

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

/** Sends exactly these headers, with Host and Content-Length. Without a body the length is 0. */
export async function send(baseUrl: string, { method = 'POST', path, headers = [], body = '' }: Sent): Promise<Reply> {
  const { host, hostname, port } = new URL(baseUrl)
  const all: Header[] = [['Host', host], ...headers, ['Content-Length', String(Buffer.byteLength(body))]]
  const asked = request({ hostname, port, path, method, agent, headers: all.flat() })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const words = await text(answer)
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    setCookies: lastOfEachName(answer.headers['set-cookie'] ?? []),
    body: words.startsWith('{') ? JSON.parse(words) : {},
  }
}
