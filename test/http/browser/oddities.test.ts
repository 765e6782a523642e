/** Unusual requests of browsers and pages. Each was a bug once. */
import t from 'tap'
import { startNode } from '../../setup/node.ts'
import { app, asPage, openPage, spaOrigins } from './page.ts'
import { type Header, send } from './wire.ts'

const { baseUrl } = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const access = '__Host-Http-access'

// RFC 6265bis §5.6 trims space and tab only. For a browser, a byte 0xA0 before the name makes another name without
// the prefix, which a sibling subdomain may set with a Domain. String.trim() would remove the byte.
t.test('only space and tab are trimmed from the name of a cookie', async (t) => {
  const page = openPage(baseUrl)
  await page.register()
  const value = String(page.jar.get(access))
  for (const name of [`\u00a0${access}`, `${access}\u00a0`]) {
    const headers: Header[] = [['Cookie', `${name}=${value}`]]
    const reply = await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers })
    t.equal(reply.status, 401, JSON.stringify(name))
  }
})

t.test('the doctor reports a doubled cookie, because every request with one is refused', async (t) => {
  const cookie: Header = ['Cookie', `${access}=1; ${access}=2`]
  t.match(await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers: [cookie] }), { status: 401 })
  const { body } = await send(baseUrl, { method: 'GET', path: '/auth/doctor', headers: [cookie, ...asPage()] })
  t.notMatch(body['verdict'], /All is well/)
})

t.test('the doctor suggests only settings with which the server starts', async (t) => {
  for (const origin of ['null', `${app}, ${app}`, 'capacitor://localhost', 'chrome-extension://abcdef']) {
    const { body } = await send(baseUrl, { method: 'GET', path: '/auth/doctor', headers: asPage(origin) })
    const [first] = body['refused_by'] as { change: string }[]
    t.notMatch(first?.change, /SPA_ORIGINS=/, origin)
  }
})

t.test('an OPTIONS request that is no preflight is answered like one, and changes nothing', async (t) => {
  const reply = await send(baseUrl, { method: 'OPTIONS', path: '/auth/login', headers: [['Origin', app]] })
  t.match(reply, { status: 204, headers: { 'access-control-allow-origin': app } })
})

t.test('a logout refuses doubled cookies and clears them', async (t) => {
  const cookie: Header = ['Cookie', `${access}=1; ${access}=2`]
  const reply = await send(baseUrl, { method: 'POST', path: '/auth/logout', headers: [cookie, ...asPage()] })
  t.equal(reply.status, 401)
  t.match(
    JSON.stringify(reply.headers['set-cookie']),
    /__Host-Http-access=; Max-Age=0.*__Host-Http-refresh=; Max-Age=0/,
  )
})
