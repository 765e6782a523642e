/** Requests whose body comes later than their headers. */
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { pause } from './denial.ts'

type Sent = { readonly method?: string; readonly path: string; readonly token?: string; readonly body: unknown }
type At = { readonly baseUrl: string; readonly app: { readonly server: Server } }
type Answer = { readonly status: number; readonly body: Record<string, unknown> }

/** Sends headers and one byte. Resolves once the server has read them, with a function that sends the rest and returns the response. */
export async function holdBody(
  { baseUrl, app }: At,
  { method = 'POST', path, token, body }: Sent,
): Promise<() => Promise<Answer>> {
  const content = JSON.stringify(body)
  const asked = request(`${baseUrl}${path}`, {
    method,
    agent: false,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  const arrived = once(app.server, 'request')
  asked.write(content.slice(0, 1))
  await arrived
  // Gives a server that authenticates by the headers time for its query.
  await pause(100)
  return async () => {
    asked.end(content.slice(1))
    const [answer] = await answered
    const words = await text(answer)
    return { status: answer.statusCode ?? 0, body: words === '' ? {} : JSON.parse(words) }
  }
}
