/** A proxy between a service and its issuer. It forwards requests, counts them, and changes answers as a test says. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Test } from 'tap'

export type Answer = { status: number; headers: Record<string, string>; body: string | Buffer }
/** Makes the answer to a request. `ask` gets the issuer's answer. `cut` breaks the connection. */
export type Meddle = (ask: () => Promise<Answer>, query: URLSearchParams) => Promise<Answer | 'cut'>

export const paths = {
  metadata: '/.well-known/oauth-authorization-server',
  jwks: '/.well-known/jwks.json',
  feed: '/revocations',
} as const

/** Never answers. */
export const blackHole: Meddle = () => new Promise(() => {})
/** Always gives this answer. */
export const always =
  (status: number, body: string | Buffer = '', headers: Record<string, string> = {}): Meddle =>
  async () => ({ status, headers, body })
/** Gives the issuer's answer with a changed body. */
export const changed =
  (change: (text: string) => string): Meddle =>
  async (ask) => {
    const answer = await ask()
    return { ...answer, body: change(String(answer.body)) }
  }

/** Listens until the test ends. */
export async function startProxy(t: Pick<Test, 'teardown'>, first: string, cacheControl?: string) {
  let target = first
  const asked: { path: string; at: number }[] = []
  const meddlers = new Map<string, Meddle>()
  const instead = cacheControl === undefined ? {} : { 'cache-control': cacheControl }

  async function forward({ url, headers }: IncomingMessage): Promise<Answer> {
    const { authorization } = headers
    const response = await fetch(target + url, authorization === undefined ? {} : { headers: { authorization } })
    const kept = ['content-type', 'cache-control', 'etag', 'retry-after'].flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [[name, value]]
    })
    return {
      status: response.status,
      headers: { ...Object.fromEntries(kept), ...instead },
      body: await response.text(),
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', target)
    asked.push({ path: pathname, at: performance.now() })
    const ask = () => forward(request)
    const answer = await (meddlers.get(pathname)?.(ask, searchParams) ?? ask()).catch(() => 'cut' as const)
    if (answer === 'cut') return void response.destroy()
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `http://127.0.0.1:${address.port}`,
    /** Changes the answers for one of the paths from now on. Without `how`, the proxy forwards them again. */
    meddle: (path: keyof typeof paths, how?: Meddle) =>
      void (how ? meddlers.set(paths[path], how) : meddlers.delete(paths[path])),
    /** The times of the requests for a path, by performance.now(). */
    asked: (path: keyof typeof paths): number[] => asked.filter((one) => one.path === paths[path]).map(({ at }) => at),
    /** Forwards to another node of the issuer from now on. */
    pointTo: (url: string) => void (target = url),
    forget: () => void (asked.length = 0),
  }
}

export type Proxy = Awaited<ReturnType<typeof startProxy>>
