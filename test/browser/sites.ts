/**
 * A few sites over https, each with its own host: the sample app, a server behind a proxy that records every request, and
 * pages of other owners.
 */
import { once } from 'node:events'
import { request as ask, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { sampleApp } from '../../examples/spa/serve.ts'
import { startNode } from '../setup/node.ts'
import { createAuthority } from './authority.ts'

const apiHost = 'api.example.test'
/** Hosts that serve the sample app. Their other pages are empty. */
const appHosts = ['app.example.test', 'partner.test', 'halfway.test', 'stranger.test']
/** Hosts with empty pages only. */
const otherHosts = ['evil.test', 'sib.example.test']

/** A request that reached the server, and its response. */
export type Exchange = {
  method: string
  path: string
  headers: IncomingMessage['headers']
  status: number
  setCookie: string[]
  body: string
}

type Options = {
  /** Makes the value of SPA_ORIGINS. Its parameter returns the origin of a host. */
  spaOrigins?: (origin: (host: string) => string) => string
  /** Whether links in mails lead to the app. */
  isAppUrl?: boolean
  /** The app, made for the address of the server. Default: the sample app without a framework. */
  app?: (api: string) => RequestListener
  /** More settings of the node. */
  env?: Record<string, string>
}

export async function startSites(
  t: Pick<Test, 'teardown'>,
  { spaOrigins = (at) => at('app.example.test'), isAppUrl = false, app: createApp = sampleApp, env = {} }: Options = {},
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
  const appUrl = isAppUrl ? { APP_URL: origin('app.example.test') } : {}
  const node = await startNode(t, { env: { PUBLIC_URL: api, SPA_ORIGINS: spaOrigins(origin), ...appUrl, ...env } })

  const exchanges: Exchange[] = []
  const app = createApp(api)
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
      // A cookie with SameSite=None shows that this browser sends such cookies.
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
    tls,
    node,
    /** Every request that reached the server, preflights included. */
    exchanges,
    /** The cookies that `/toss` on an empty host sets. */
    tossed,

    /** Waits for the response to a request whose URL contains this text. */
    async reached(part: string): Promise<Exchange[]> {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(5)) {
        const found = exchanges.filter(({ path }) => path.includes(part))
        if (found.length > 0) return found
      }
      throw new Error(`No request for ${part} reached the server`)
    },

    /** Holds the next requests for this path until there are this many, and then forwards them together. */
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
