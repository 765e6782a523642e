/** The gate for two kinds of request: a browser that opens a websocket, and a server that forwards the cookies of its user. */
import Fastify from 'fastify'
import t from 'tap'
import { countersign } from '../../../packages/verify/src/fastify-plugin.ts'
import { startNode } from '../../setup/node.ts'
import { app, cookieHeader, openPage, partner, spaOrigins } from './page.ts'
import { type Header, json, send } from './wire.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const page = openPage(node.baseUrl)
await page.register()
const token = page.jar.get('__Host-Http-access') ?? ''

/** A service that verifies the cookies of the server's host, with a route that a websocket would open. */
const service = Fastify()
await service.register(countersign, { issuer: node.config.publicUrl, url: node.baseUrl, spaOrigins: [app] })
service.get('/auth/whoami', { onRequest: service.authenticate() }, async () => ({ opened: true }))
const serviceUrl = await service.listen({ port: 0, host: '127.0.0.1' })
t.teardown(() => service.close())

const websocket: Header[] = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
]
const origin = (text: string): Header => ['Origin', text]
const site = (text: string): Header => ['Sec-Fetch-Site', text]
const refused = { status: 403, setCookies: [], body: { code: 'csrf_rejected' } }

for (const [name, baseUrl] of Object.entries({ 'the server': node.baseUrl, 'a service': serviceUrl })) {
  const open = (headers: readonly Header[], more: readonly Header[] = cookieHeader(page.jar), upgrade = websocket) =>
    send(baseUrl, { method: 'GET', path: '/auth/whoami', headers: [...upgrade, ...headers, ...more] })

  t.test(`${name} opens a websocket with cookies for a page of a listed origin`, async (t) => {
    t.match(await open([origin(app)]), { status: 200 })
    t.match(await open([origin(app), site('same-site')]), { status: 200 })
    t.match(await open([]), { status: 200 }, 'and for a server that forwards them')
    t.match(await open([origin(app), ['X-Auth-Mode', 'cookie']]), { status: 200 })
  })

  t.test(`${name} opens no websocket with cookies for another page`, async (t) => {
    for (const [about, headers] of Object.entries({
      'an origin that is not listed, of the same site': [origin('https://blog.example.test'), site('same-site')],
      'an origin that is not listed': [origin('https://evil.test')],
      'no origin of its own': [origin('null')],
      'an empty origin': [origin('')],
      'a listed origin on another site': [origin(app), site('cross-site')],
      'a browser that says no origin': [site('same-site')],
      'two origins': [origin(app), origin('https://evil.test')],
    })) {
      t.match(await open(headers), refused, about)
      const own = await open(headers, [['X-Auth-Mode', 'cookie'], ...cookieHeader(page.jar)])
      t.match(own, refused, `${about}, in cookie mode`)
    }
    t.match(await open([origin('https://evil.test')], cookieHeader(page.jar), [['Upgrade', 'h2c']]), refused)
    t.match(await open([origin('https://evil.test')], cookieHeader(page.jar), [['Upgrade', '']]), refused)
  })

  t.test(`${name} asks no origin of a websocket with a token`, async (t) => {
    t.match(await open([origin('https://evil.test')], [['Authorization', `Bearer ${token}`]]), { status: 200 })
    t.match(await open([origin('https://evil.test')], []), { status: 401 })
  })
}

t.test('a page of another site opens a websocket if its origin is listed as cross-site', async (t) => {
  const headers = [...websocket, origin(partner), site('cross-site'), ...cookieHeader(page.jar)]
  t.match(await send(node.baseUrl, { method: 'GET', path: '/auth/whoami', headers }), { status: 200 })
})

t.test('a server that forwards the cookies of its user refreshes them, logs out and logs in', async (t) => {
  const forward = (path: string, headers: readonly Header[], body?: object) =>
    send(node.baseUrl, { path, headers: [...headers, ...cookieHeader(page.jar)], body: JSON.stringify(body ?? {}) })
  const mode: Header = ['X-Auth-Mode', 'cookie']
  t.match(await forward('/auth/refresh', [json]), refused, 'not without X-Auth-Mode')
  t.match(await forward('/auth/refresh', [mode]), refused, 'not without JSON')
  t.match(await forward('/auth/refresh', [mode, json, site('none')]), refused, 'not as a browser')
  t.match(await forward('/auth/refresh', [mode, json, site('same-origin')]), refused, 'not as a browser')
  const refreshed = await forward('/auth/refresh', [mode, json])
  t.match(refreshed, { status: 200, setCookies: [/^__Host-Http-access=/, /^__Host-Http-refresh=/] })
  t.notMatch(JSON.stringify(refreshed.body), /eyJ|cs1\./, 'no token is in the body')
})
