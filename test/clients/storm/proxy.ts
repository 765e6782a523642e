/** The network between the pages and the server, over https. It counts refreshes, and fails on order. */
import { once } from 'node:events'
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import { createAuthority } from '../../browser/authority.ts'
import type { Adapter, StormServer } from './adapter.ts'

export type Loss = 'lost before the server' | 'lost after the server' | 'late'

const [appHost, apiHost] = ['app.example.test', 'api.example.test']

/** Headers without those that are about the connection. Names and values take turns. */
const withoutConnection = (headers: readonly string[]): string[] =>
  headers.filter((_, i) => !/^(connection|keep-alive)$/i.test(headers[i - (i % 2)] ?? ''))

export async function startProxy(t: Pick<Test, 'teardown'>, adapter: Adapter) {
  const { home, tls } = await createAuthority(t, [appHost, apiHost])
  const listener = createServer(tls).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => {
    listener.closeAllConnections()
    listener.close()
  })
  const { port } = listener.address() as AddressInfo
  const [app, api] = [`https://${appHost}:${port}`, `https://${apiHost}:${port}`]
  const server: StormServer = await adapter.start(t, api, app)
  const counts = { refreshes: 0, answered: 0, refused: 0 }
  const losses: Loss[] = []
  const onRefresh = new Set<() => void>()
  let late = Promise.withResolvers<void>()

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', rawHeaders: headers } = incoming
    const sent = await buffer(incoming)
    const isRefresh = adapter.isRefresh(method, url)
    const loss = isRefresh ? losses.shift() : undefined
    const held = loss === 'late' ? late.promise : undefined
    if (isRefresh) counts.refreshes++
    for (const tell of isRefresh ? onRefresh : []) tell()
    if (loss === 'lost before the server') throw new Error(loss)
    const upstream = ask(server.address(), { method, path: url, headers }).end(sent)
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
    const body = await buffer(answer)
    if (loss === 'lost after the server') throw new Error(loss)
    await held
    const { statusCode: status = 0 } = answer
    if (isRefresh) counts[status === 200 ? 'answered' : 'refused']++
    // On a connection that it used before, Chromium repeats a request whose answer is lost, and the client never learns of the loss.
    outgoing.shouldKeepAlive = false
    outgoing.writeHead(status, withoutConnection(answer.rawHeaders)).end(body)
  }

  async function serve(path: string, response: ServerResponse): Promise<void> {
    if (path.startsWith('/client/')) {
      const text = await adapter.readScript(path.slice('/client/'.length))
      response.setHeader('content-type', 'text/javascript').end(text)
    } else {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>App</title><link rel="icon" href="data:,">')
    }
  }

  listener.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const isApi = (request.headers.host ?? '').startsWith(apiHost)
    const work = isApi ? forward(request, response) : serve(request.url ?? '/', response)
    work.catch(() => response.destroy())
  })

  return {
    home,
    app,
    api,
    server,
    counts,
    /** What happens to the next refreshes. */
    lose: (...next: Loss[]) => void losses.push(...next),
    /** Refreshes that nobody sent are lost no more. */
    clear: () => void (losses.length = 0),
    /** Lets the late answers go. */
    deliver() {
      late.resolve()
      late = Promise.withResolvers()
    },
    /** Resolves when the next refresh reaches the proxy. */
    nextRefresh: () =>
      new Promise<void>((resolve) => {
        const tell = () => {
          onRefresh.delete(tell)
          resolve()
        }
        onRefresh.add(tell)
      }),
  }
}

export type Proxy = Awaited<ReturnType<typeof startProxy>>
