/**
 * An internet of a few sites over https, each with its own host: the sample app, a node of the real server behind a proxy
 * that keeps a record of every request, and pages that belong to others.
 */
import { once } from 'node:events'
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { sampleApp } from '../../examples/spa/serve.ts'
import { startNode } from '../setup/node.ts'
import { createAuthority } from './authority.ts'

const apiHost = 'api.example.test'
/** Hosts that serve the sample app; any page of theirs without a path of the app's is empty. */
const appHosts = ['app.example.test', 'partner.test', 'halfway.test', 'stranger.test']
/** Hosts with empty pages only. */
const otherHosts = ['evil.test', 'sib.example.test']

/** A request that reached the server, and what it answered. */
export type Exchange = {
  method: string
  path: string
  headers: IncomingMessage['headers']
  status: number
  setCookie: string[]
  body: string
}

type Options = {
  /** The value of SPA_ORIGINS, given a way to name a host's origin. */
  spaOrigins?: (origin: (host: string) => string) => string
  /** More of the node's settings. */
  env?: Record<string, string>
}

export async function startSites(
  t: Pick<Test, 'teardown'>,
  { spaOrigins = (at) => at('app.example.test'), env = {} }: Options = {},
) {
  const { home, tls } = await createAuthority(t, [apiHost, ...appHosts, ...otherHosts])
  const server = createServer(tls).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const origin = (host: string) => `https://${host}:${port}`
  const api = origin(apiHost)
  const node = await startNode(t, { env: { PUBLIC_URL: api, SPA_ORIGINS: spaOrigins(origin), ...env } })

  const exchanges: Exchange[] = []
  const app = sampleApp(api)
  const tossed: string[] = []
  let meeting: { path: string; arrive: () => Promise<void> } | undefined

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse) {
    const { method = '', url: path = '', rawHeaders: headers } = incoming
    const sent = await buffer(incoming)
    if (meeting && meeting.path === path.split('?', 1)[0] && method !== 'OPTIONS') await meeting.arrive()
    const upstream = ask(node.baseUrl, { method, path, headers }).end(sent)
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage]
    const body = await text(answer)
    const { statusCode: status = 0 } = answer
    const setCookie = answer.headers['set-cookie'] ?? []
    exchanges.push({ method, path, headers: incoming.headers, status, setCookie, body })
    outgoing.writeHead(status, answer.rawHeaders).end(body)
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const [host = ''] = (request.headers.host ?? '').split(':')
    const { url = '' } = request
    if (host === apiHost && url === '/control') {
      // A cookie that any site may send along, to show that this browser lets it.
      response.setHeader('set-cookie', 'control=1; Secure; SameSite=None; Path=/').end()
    } else if (host === apiHost) {
      forward(request, response).catch((error: unknown) => response.destroy(error as Error))
    } else if (appHosts.includes(host) && url !== '/empty') {
      app(request, response)
    } else {
      if (url === '/toss') response.setHeader('set-cookie', tossed)
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><title>A page</title><link rel="icon" href="data:,">')
    }
  })

  return {
    api,
    origin,
    home,
    node,
    /** Every request that reached the server, preflights included. */
    exchanges,
    /** What `/toss`, on any of the empty hosts, sets. */
    tossed,

    /** Waits for the answer to a request whose address holds this text. */
    async reached(part: string): Promise<Exchange[]> {
      for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(5)) {
        const found = exchanges.filter(({ path }) => path.includes(part))
        if (found.length > 0) return found
      }
      throw new Error(`No request for ${part} reached the server`)
    },

    /** Lets the next requests for this path, so many of them, reach the server in the same moment. */
    meet(path: string, count: number): void {
      const met = Promise.withResolvers<void>()
      let here = 0
      const arrive = () => {
        if (++here === count) met.resolve()
        return met.promise
      }
      meeting = { path, arrive }
    },
  }
}

export type Sites = Awaited<ReturnType<typeof startSites>>
