/** Access tokens in the subprotocol of a websocket count as in the Authorization header, on the server and in a service. */
import Fastify from 'fastify'
import t from 'tap'
import { countersign } from '../../../packages/verify/src/fastify-plugin.ts'
import { register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { app, cookieHeader, openPage, spaOrigins } from './page.ts'
import { type Header, send } from './wire.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const page = openPage(node.baseUrl)
await page.register()
const { access_token: token, user } = await register(node.baseUrl)

const seen: (string | undefined)[] = []
const service = Fastify()
await service.register(countersign, { issuer: node.config.publicUrl, url: node.baseUrl, spaOrigins: [app] })
// Twice, as a route that checks the token again after the body has arrived.
const twice = [service.authenticate(), service.authenticate()]
service.get('/auth/whoami', { onRequest: twice }, async ({ principal, headers }) => {
  seen.push(headers['sec-websocket-protocol'])
  return { sub: principal?.userId }
})
const serviceUrl = await service.listen({ port: 0, host: '127.0.0.1' })
t.teardown(() => service.close())

const upgrade = (to: string): Header[] => [
  ['Connection', 'Upgrade'],
  ['Upgrade', to],
]
const protocols = (...values: string[]) => values.map((value): Header => ['Sec-WebSocket-Protocol', value])
const bearer: Header = ['Authorization', `Bearer ${token}`]
const evil: Header = ['Origin', 'https://evil.test']
const invalid = { status: 401, body: { code: 'invalid_token' } }
const none = { status: 401, body: { code: 'authentication_required' } }
const letIn = { status: 200, body: { sub: user.id } }

for (const [name, baseUrl] of Object.entries({ 'the server': node.baseUrl, 'a service': serviceUrl })) {
  const open = (headers: readonly Header[], to = upgrade('websocket')) =>
    send(baseUrl, { method: 'GET', path: '/auth/whoami', headers: [...to, ...headers] })

  t.test(`${name} takes the token from the subprotocol of a websocket, wherever it stands`, async (t) => {
    t.match(await open(protocols(`notes.v1, bearer.${token}`)), letIn)
    t.match(await open(protocols(`bearer.${token}`)), letIn)
    t.match(await open(protocols(`a,bearer.${token} ,b`)), letIn)
    t.match(await open(protocols('notes.v1', `bearer.${token}`)), letIn, 'in the second of two headers')
    t.match(await open([...protocols(`bearer.${token}`), evil]), letIn, 'and no origin matters, as with a header')
    t.match(await open(protocols(`Bearer.${token}`), upgrade('WebSocket')), letIn, 'case does not matter')
  })

  t.test(`${name} refuses a websocket with two tokens, or with a bad one`, async (t) => {
    t.match(await open(protocols(`bearer.${token}, bearer.${token}`)), invalid)
    t.match(await open(protocols(`bearer.${token}`, `bearer.a.b.c`)), invalid)
    t.match(await open([...protocols(`bearer.${token}`), bearer]), invalid)
    t.match(await open([...protocols('bearer.a.b.c'), bearer]), invalid)
    t.match(await open([...protocols(`bearer.${token}`), ['Authorization', 'Basic eDp5']]), invalid)
    for (const bad of ['', 'undefined', `${token}x`, `${token}.x`, 'x'.repeat(4096 - 7), 'x'.repeat(5000)])
      t.match(await open(protocols(`notes.v1, bearer.${bad}`)), invalid, bad.slice(0, 20))
    t.match(await open(protocols('bearer', token, `xbearer.${token}`)), none)
  })

  t.test(`${name} ignores the subprotocol of other requests`, async (t) => {
    t.match(await open(protocols(`bearer.${token}`), []), none)
    t.match(await open(protocols(`bearer.${token}`), upgrade('h2c')), none)
    t.match(await open([...protocols('bearer.a.b.c'), bearer], []), letIn)
  })

  t.test(`${name} never falls back from a token to the cookie, nor from the cookie to a token`, async (t) => {
    const cookies = cookieHeader(page.jar)
    const own: Header[] = [['Origin', app], ...cookies]
    t.match(await open([...protocols(`bearer.${token}`), ...cookies, evil]), letIn, 'the token switches cookies off')
    t.match(await open([...protocols('bearer.a.b.c'), ...own]), invalid)
    const both = await open([...protocols(`bearer.${token}`), ...own, ['X-Auth-Mode', 'cookie']])
    t.match(both, { status: 400, body: { code: 'two_credentials' } })
    t.match(await open([...protocols('bearer.undefined'), ...own]), { status: 200 }, 'a page without a token')
    const forged = { status: 403, body: { code: 'csrf_rejected' } }
    for (const nothing of ['bearer.undefined', 'bearer.', 'bearer', 'notes.v1'])
      t.match(await open([...protocols(nothing), ...cookies, evil]), forged, `the gate stands behind ${nothing}`)
  })
}

t.test('after the check, the headers of the request hold no token', async (t) => {
  const open = (...values: string[]) =>
    send(serviceUrl, {
      method: 'GET',
      path: '/auth/whoami',
      headers: [...upgrade('websocket'), ...protocols(...values)],
    })
  seen.length = 0
  await open(`notes.v1, bearer.${token}, notes.v2`)
  await open(`bearer.${token}`)
  t.same(seen, ['notes.v1, notes.v2', undefined])
})
