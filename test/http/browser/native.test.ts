/** Pages that are no web pages of one site: native shells, extensions, files, previews and development servers. And which errors a page may read. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { serviceEnv } from '../../packages/verify/service.ts'
import { password } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { app, newEmail, openPage } from './page.ts'
import { type Header, json, type Reply, send } from './wire.ts'

const shells = ['capacitor://localhost', 'chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'null', 'file://']
const SPA_ORIGINS = [app, ...shells, 'https://localhost bearer', 'https://*.preview.example.test'].join()
const node = await startNode(t, { env: { SPA_ORIGINS, CORS_HEADERS: 'X-Tenant' } })
const { baseUrl } = node
const from = (origin: string): Header => ['Origin', origin]
const allowed = ({ headers }: Reply) => headers['access-control-allow-origin']
const credentials = ({ headers }: Reply) => headers['access-control-allow-credentials']

for (const origin of [...shells, 'https://localhost']) {
  t.test(`${origin} may use bearer mode with CORS, and no cookies`, async (t) => {
    const email = newEmail()
    const body = JSON.stringify({ email, password })
    const sent = { headers: [from(origin), json, ['Sec-Fetch-Site', 'cross-site']] as Header[], body }
    const registered = await send(baseUrl, { path: '/auth/register', ...sent })
    t.match(registered, { status: 201, setCookies: [], body: { mode: 'bearer', access_token: /^eyJ/ } })
    const login = await send(baseUrl, { path: '/auth/login', ...sent })
    t.match(login, { status: 200, body: { mode: 'bearer' } })
    for (const reply of [registered, login]) t.same([allowed(reply), credentials(reply)], [origin, undefined])
    const preflight = await send(baseUrl, {
      method: 'OPTIONS',
      path: '/auth/whoami',
      headers: [
        from(origin),
        ['Access-Control-Request-Method', 'GET'],
        ['Access-Control-Request-Headers', 'authorization'],
      ],
    })
    t.same([preflight.status, allowed(preflight), credentials(preflight)], [204, origin, undefined])
    for (const site of ['cross-site', 'same-site', 'same-origin']) {
      const page = openPage(baseUrl, { origin, site })
      const refused = await page.login(email)
      t.match(refused, { status: 403, setCookies: [], body: { code: 'csrf_rejected', detail: /bearer/ } }, site)
    }
  })
}

t.test('a preview host may use cookie mode', async (t) => {
  const origin = 'https://pr-7.preview.example.test'
  const page = openPage(baseUrl, { origin })
  const reply = await page.register()
  t.match(reply, { status: 201, body: { mode: 'cookie' } })
  t.same([allowed(reply), credentials(reply)], [origin, 'true'])
  t.match(await openPage(baseUrl, { origin: 'https://a.pr-7.preview.example.test' }).register(), { status: 403 })
})

t.test('in development on this machine, a page on any port may use cookie mode', async (t) => {
  const local = await startNode(t, { env: { PUBLIC_URL: 'http://localhost:3000' } })
  for (const origin of ['http://localhost:5173', 'http://localhost:8080', 'http://localhost'])
    t.match(await openPage(local.baseUrl, { origin }).register(), { status: 201 }, origin)
  const other = openPage(local.baseUrl, { origin: 'http://127.0.0.1:5173', site: 'cross-site' })
  t.match(
    await other.register(),
    { status: 403, body: { detail: /on another site/ } },
    'it is another site than localhost',
  )
  t.match(await openPage(local.baseUrl, { origin: 'http://evil.test:5173' }).register(), { status: 403 })
})

t.test('an origin of its own, and the headers of tracing and of CORS_HEADERS', async (t) => {
  const asked = 'baggage,sentry-trace,traceparent,tracestate,x-requested-with,x-tenant'
  const reply = await send(baseUrl, {
    method: 'OPTIONS',
    path: '/auth/login',
    headers: [from(app), ['Access-Control-Request-Method', 'PUT'], ['Access-Control-Request-Headers', asked]],
  })
  const names = String(reply.headers['access-control-allow-headers']).split(', ')
  t.same(
    asked.split(',').filter((name) => !names.includes(name)),
    [],
  )
  t.match(reply.headers['access-control-allow-methods'], /\bPUT\b/)
  t.match(await openPage(baseUrl, { origin: 'https://auth.example.test', site: 'same-origin' }).register(), {
    status: 201,
  })
})

t.test('any page may read the public keys and the metadata, without credentials', async (t) => {
  for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
    for (const headers of [[from('https://evil.test')], [from('null')], []]) {
      const reply = await send(baseUrl, { method: 'GET', path, headers })
      t.same(
        [reply.status, ['*', 'null'].includes(String(allowed(reply))), credentials(reply)],
        [200, true, undefined],
        path,
      )
    }
    const listed = await send(baseUrl, { method: 'GET', path, headers: [from(app)] })
    t.same([allowed(listed), credentials(listed)], [app, 'true'])
  }
  for (const path of [
    '/.well-known',
    '//.well-known/jwks.json',
    '/x/.well-known/jwks.json',
    '/auth/me?/.well-known/',
  ]) {
    const reply = await send(baseUrl, { method: 'GET', path, headers: [from('https://evil.test')] })
    t.equal(allowed(reply), undefined, path)
  }
})

t.test('a page may read that its headers were too large, and that its request was none', async (t) => {
  const { hostname, port } = new URL(baseUrl)
  const raw = async (lines: string[]) => {
    const socket = connect(Number(port), hostname)
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    return text(socket)
  }
  const huge = `Cookie: a=${'x'.repeat(20_000)}`
  const start = ['GET /auth/me HTTP/1.1', 'Host: x']
  const own = await raw([...start, `Origin: ${app}`, huge])
  t.match(own, /^HTTP\/1.1 431 /)
  t.match(own, `\r\nAccess-Control-Allow-Origin: ${app}\r\n`)
  t.match(own, '\r\nAccess-Control-Allow-Credentials: true\r\n')
  t.match(
    await raw([...start, `Origin: ${app}`, 'not a header']),
    /^HTTP\/1.1 400 [^]*Access-Control-Allow-Origin: https:\/\/app/,
  )
  const shell = await raw([...start, 'Origin: capacitor://localhost', huge])
  t.match(shell, '\r\nAccess-Control-Allow-Origin: capacitor://localhost\r\n')
  t.notMatch(shell, /Credentials/)
  for (const other of ['Origin: https://evil.test', `X-Origin: ${app}`, `Origin: ${app} x`, 'X: y'])
    t.notMatch(await raw([...start, other, huge]), /access-control/i, other)
})

t.test('a refused origin is logged once in development, and counted in production', async (t) => {
  const lines: string[] = []
  const log = (line: string) => void lines.push(line)
  const development = await startNode(t, { env: { SPA_ORIGINS: app }, log })
  const ask = (to: string, origin: string, path = '/livez') =>
    send(to, { method: 'GET', path, headers: [from(origin)] })
  for (const origin of ['https://new.example.test', 'https://new.example.test', app, '', 'not an origin', '"\n'.trim()])
    await ask(development.baseUrl, origin)
  await ask(development.baseUrl, 'https://keys.example.test', '/.well-known/jwks.json')
  const told = lines.filter((line) => line.includes('SPA_ORIGINS'))
  t.equal(told.length, 1)
  t.match(JSON.parse(told[0] ?? '{}'), {
    level: 40,
    origin: 'https://new.example.test',
    msg: /set SPA_ORIGINS="https:\/\/app\.example\.test,https:\/\/new\.example\.test"/,
  })
  for (let i = 0; i < 150; i++) await ask(development.baseUrl, `https://many-${i}.test`)
  t.equal(lines.filter((line) => line.includes('SPA_ORIGINS')).length, 100, 'a stranger cannot fill the log')

  lines.length = 0
  const env = {
    ...serviceEnv,
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://unused',
    SMTP_URL: 'smtp://unused',
    MAIL_FROM: 'a@b.test',
    SPA_ORIGINS: app,
  }
  const production = await startNode(t, { env, log })
  for (const origin of ['https://new.example.test', 'https://other.example.test', app])
    await ask(production.baseUrl, origin)
  t.equal(lines.filter((line) => line.includes('new.example.test')).length, 0)
  const authorization = `Basic ${Buffer.from(serviceEnv.SERVICE_CREDENTIALS).toString('base64')}`
  const metrics = await fetch(`${production.baseUrl}/metrics`, { headers: { authorization } })
  t.match(await metrics.text(), /^countersign_refused_origins_total 2$/m)
})
