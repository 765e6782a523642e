/** Rules of the gate that the matrix does not try in detail. */
import t from 'tap'
import { startNode } from '../../setup/node.ts'
import { app, asPage, cookieHeader, openPage, spaOrigins } from './page.ts'
import { send } from './wire.ts'

const { baseUrl } = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const page = openPage(baseUrl)
await page.register()

const refresh = (type: string, body: string) =>
  send(baseUrl, {
    path: '/auth/refresh',
    headers: [...asPage(), ...cookieHeader(page.jar), ['Content-Type', type]],
    body,
  })

t.test('JSON is application/json in any case, with or without parameters', async (t) => {
  for (const type of [
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json ; x=y',
  ])
    t.match(await refresh(type, '{}'), { status: 200 }, type)
})

t.test('other content types are refused, with a body and without', async (t) => {
  for (const type of [
    'application/jsonp',
    'application/json-patch+json',
    'application/json, text/plain',
    'application/problem+json',
    'text/json',
    'text/plain; application/json',
    'text/plain;a=application/json',
    'multipart/form-data; boundary=application/json',
    ' ',
  ]) {
    for (const body of ['{}', '']) {
      t.match(await refresh(type, body), { status: 403, setCookies: [], body: { code: 'csrf_rejected' } }, type)
    }
  }
})

t.test('a body of unknown length without a content type is refused', async (t) => {
  const body = new Blob(['{}']).stream()
  const headers = Object.fromEntries([...asPage(), ...cookieHeader(page.jar)])
  const init = { method: 'POST', headers, body, duplex: 'half' } as const
  const response = await fetch(`${baseUrl}/auth/refresh`, init)
  t.match({ status: response.status, body: await response.json() }, { status: 403, body: { code: 'csrf_rejected' } })
})

t.test('GET and HEAD need only the cookie, from any origin', async (t) => {
  for (const method of ['GET', 'HEAD']) {
    const headers = [
      ...cookieHeader(page.jar),
      ['Origin', 'https://evil.test'],
      ['Sec-Fetch-Site', 'cross-site'],
    ] as const
    const reply = await send(baseUrl, { method, path: '/auth/me', headers })
    t.equal(reply.status, 200, method)
    t.equal(reply.headers['access-control-allow-origin'], undefined, 'but a page of another origin may not read')
  }
})

t.test('the gate refuses a request before its body is read', async (t) => {
  const headers = [
    ['X-Auth-Mode', 'cookie'],
    ['Origin', 'https://evil.test'],
    ['Content-Type', 'application/json'],
  ] as const
  for (const body of ['{', JSON.stringify('x'.repeat(17_000)), '{"__proto__":1}'])
    t.match(await send(baseUrl, { path: '/auth/login', headers, body }), { status: 403 }, body.slice(0, 20))
})

t.test('an origin in another case is another origin', async (t) => {
  for (const origin of ['https://App.example.test', app.toUpperCase(), `${app}/`, ` ${app} x`]) {
    const reply = await openPage(baseUrl, { origin }).register()
    t.match(reply, { status: 403, setCookies: [] }, origin)
  }
})
