/** Websockets and EventSource in Chromium, with the cookie of a user: from a listed origin, from a sibling of the same site, and from another site. */
/// <reference lib="dom" />
import { addAbortListener } from 'node:events'
import cors from '@fastify/cors'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { countersign, principalOf } from '../../packages/verify/src/fastify-plugin.ts'
import { credential, holds, serviceEnv } from '../packages/verify/service.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { type Sites, startSites } from './sites.ts'
import { enter, greets, openApp } from './users.ts'

t.setTimeout(290_000)

type Seen = { path: string; status: number; hasCookie: boolean; origin: string | undefined }

/** A service on the host of the server, so that browsers send it the cookie. `seen` holds its requests. */
async function startService(test: Test, sites: Sites) {
  const seen: Seen[] = []
  const spaOrigins = [sites.origin('app.example.test')]
  const app = Fastify({ https: sites.tls })
  app.addHook('onRequest', async ({ url, headers }, { raw }) => {
    const { cookie = '', origin } = headers
    const about = { path: url.split('?', 1)[0] ?? '', hasCookie: cookie.includes('__Host-Http-access='), origin }
    raw.once('close', () => seen.push({ ...about, status: raw.statusCode }))
  })
  await app.register(cors, { origin: spaOrigins, credentials: true })
  await app.register(countersign, { issuer: sites.api, url: sites.node.baseUrl, spaOrigins, revocations: credential })
  await app.register(websocket)
  await app.register(async (scope) => {
    scope.addHook('onRequest', scope.authenticate())
    scope.get('/live', { websocket: true }, (socket, request) => {
      const signal = scope.signalFor(principalOf(request), socket)
      addAbortListener(signal, () => socket.close(4401, signal.reason.code))
      socket.send(principalOf(request).userId)
    })
    scope.get('/events', (request, reply) => {
      reply.hijack()
      const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream' } as Record<string, string>
      reply.raw.writeHead(200, headers).write(`data: ${principalOf(request).userId}\n\n`)
      const signal = scope.signalFor(principalOf(request), reply.raw)
      addAbortListener(signal, () => reply.raw.end(`event: end\ndata: ${signal.reason.code}\n\n`))
    })
    scope.get('/ready', async () => 'ready')
  })
  const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  test.teardown(() => app.close())
  return { url: `https://api.example.test:${address.port}`, seen }
}

/** Opens a websocket on the page. Returns its first message, or `refused`. Its close is kept in `window.name`. */
const openSocket = (page: Page, url: string) =>
  page.evaluate(
    (address) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address.replace('https', 'wss'))
        socket.addEventListener('message', ({ data }) => resolve(String(data)))
        socket.addEventListener('error', () => resolve('refused'))
        socket.addEventListener('close', ({ code, reason }) => (window.name += ` socket: ${code} ${reason}`))
      }),
    url,
  )

/** Opens an EventSource with credentials on the page. Returns its first message, or `refused`. */
const openEvents = (page: Page, url: string) =>
  page.evaluate(
    (address) =>
      new Promise<string>((resolve) => {
        const source = new EventSource(address, { withCredentials: true })
        source.addEventListener('message', ({ data }) => resolve(String(data)))
        source.addEventListener('error', () => resolve('refused'))
        source.addEventListener('end', ({ data }) => {
          window.name += ` events: ${data}`
          source.close()
        })
      }),
    url,
  )

await t.test('connections that stay open, with the cookie of a user', { skip }, async (test) => {
  const sites = await startSites(test, { env: serviceEnv })
  const service = await startService(test, sites)
  const { context } = await openBrowser(test, { ...sites, thirdPartyCookies: 'allowed' })
  const app = await openApp(context, sites.origin('app.example.test'))
  await enter(app, 'Register', 'ada@example.com')
  await greets(app, 'ada@example.com')
  const { rows } = await sites.node.database.pool.query('SELECT id FROM users')
  const victim: string = rows[0]?.id
  const pageOf = async (host: string) => {
    const page = await context.newPage()
    await page.goto(`${sites.origin(host)}/empty`)
    return page
  }
  // The policy of the sample app allows no requests to this service.
  const listed = await pageOf('app.example.test')
  const others = { sibling: await pageOf('sib.example.test'), foreign: await pageOf('evil.test') }
  const hosts = { sibling: 'sib.example.test', foreign: 'evil.test' }
  const isReady = () =>
    listed.evaluate((url) => fetch(url, { credentials: 'include' }).then(({ ok }) => ok), `${service.url}/ready`)
  test.ok(await holds(isReady), 'the service has loaded the revocations')

  /** The request of a page for this path, once the service has answered it. */
  const lastSeen = async (path: string, host: string) => {
    const find = () => service.seen.findLast((one) => one.path === path && one.origin === sites.origin(host))
    await holds(() => find() !== undefined)
    return find()
  }

  await test.test('a listed origin opens both on a service', async (t) => {
    t.equal(await openSocket(listed, `${service.url}/live`), victim)
    t.equal(await openEvents(listed, `${service.url}/events`), victim)
  })

  for (const [name, page] of Object.entries(others)) {
    const host = hosts[name as keyof typeof hosts]
    const isSibling = name === 'sibling'
    await test.test(`a ${name} origin opens no websocket on a service`, async (t) => {
      t.equal(await openSocket(page, `${service.url}/live`), 'refused')
      // The cookies are SameSite=Strict, so only a page of the same site brings them.
      const status = isSibling ? 403 : 401
      t.match(await lastSeen('/live', host), { status, hasCookie: isSibling })
    })

    await test.test(`a ${name} origin reads no events of a service`, async (t) => {
      t.equal(await openEvents(page, `${service.url}/events`), 'refused')
      // The request is a plain GET, so it is answered. Without a header of CORS the browser keeps the answer from the page.
      t.match(await lastSeen('/events', host), { status: isSibling ? 200 : 401, hasCookie: isSibling })
    })

    await test.test(`a ${name} origin gets neither from the server`, async (t) => {
      t.equal(await openSocket(page, `${sites.api}/auth/whoami?socket-${name}`), 'refused')
      const [upgrade] = await sites.reached(`socket-${name}`)
      t.match(upgrade, { status: isSibling ? 403 : 401, headers: { upgrade: 'websocket', origin: sites.origin(host) } })
      t.equal(upgrade?.headers.cookie?.includes('__Host-Http-access=') ?? false, isSibling)
      t.equal(await openEvents(page, `${sites.api}/auth/whoami?events-${name}`), 'refused')
      const [get] = await sites.reached(`events-${name}`)
      t.match(get, { status: isSibling ? 200 : 401, headers: { accept: 'text/event-stream' } })
      const read = await page.evaluate(
        (url) => fetch(url, { credentials: 'include' }).catch(() => 'nothing to read'),
        `${sites.api}/auth/whoami`,
      )
      t.equal(read, 'nothing to read', 'nor may the page read the same address with fetch')
    })
  }

  await test.test('the server lets the upgrade of a listed origin through to the route', async (t) => {
    // The server has no websockets, so its route answers as to any GET.
    t.equal(await openSocket(listed, `${sites.api}/auth/whoami?socket-listed`), 'refused')
    t.match(await sites.reached('socket-listed'), [{ status: 200, body: victim }])
  })

  await test.test('a logout closes the connections of the listed origin', async (t) => {
    await app.getByRole('button', { name: 'Log out' }).click()
    const told = () => listed.evaluate(() => window.name)
    const ends = ['events: token_revoked', 'socket: 4401 token_revoked']
    const hasBoth = async () => {
      const text = await told()
      return ends.every((end) => text.includes(end))
    }
    t.ok(await holds(hasBoth), await told())
  })
})
