/** A PUBLIC_URL with a path. A proxy in front passes the path on, or strips it. The server takes requests in both forms. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createPathPrefix } from '../../src/http/path-prefix.ts'
import { call, password, register, whoami } from '../setup/client.ts'
import { type Node, startNode } from '../setup/node.ts'
import { listRoutes } from '../setup/routes.ts'
import { talk } from '../setup/socket.ts'

const publicUrl = 'https://example.test/id'
const lines: string[] = []
const node = await startNode(t, {
  mail: true,
  log: (line) => lines.push(line),
  env: { PUBLIC_URL: publicUrl, TRUSTED_PROXIES: '127.0.0.1', APPLE_APP_IDS: 'ABCDE12345.com.example.app' },
})

/** Sends exactly this target, which an HTTP client would clean up, and returns the status. */
async function ask(target: string, { method = 'GET', to = node }: { method?: string; to?: Node } = {}) {
  const send = `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
  const { statuses, text } = await talk(to.baseUrl, { send })
  return { status: statuses[0] ?? 0, text }
}

/** The mail in the mailbox of the server, when it is there. */
async function mailTo(address: string) {
  for (;;) {
    const mail = node.mail?.mailbox?.mails().find(({ to }) => to === address)
    if (mail) return mail
    await sleep(10)
  }
}

t.test('the prefix is stripped once, as a whole segment, in front of a path of the server', async (t) => {
  const prefix = createPathPrefix('/id')
  for (const route of ['/', '/auth/login', '/docs/*', '/livez']) prefix.addRoute(route)
  const targets: Record<string, string> = {
    '/id/auth/login': '/auth/login',
    '/auth/login': '/auth/login',
    '/id/auth/login?next=/id/auth': '/auth/login?next=/id/auth',
    '/id': '/',
    '/id/': '/',
    '/id?x': '/?x',
    '/id#x': '/#x',
    '/id/livez?x': '/livez?x',
    '/idx/auth/login': '/idx/auth/login',
    '/idauth/login': '/idauth/login',
    '/ID/auth/login': '/ID/auth/login',
    '/%69d/auth/login': '/%69d/auth/login',
    '/id%2fauth/login': '/id%2fauth/login',
    '/id\\auth/login': '/id\\auth/login',
    '/id;x/auth/login': '/id;x/auth/login',
    '//id/auth/login': '//id/auth/login',
    '/./id/auth/login': '/./id/auth/login',
    '/id/id/auth/login': '/id/id/auth/login',
    '/id/../auth/login': '/id/../auth/login',
    '/id/nothing': '/id/nothing',
    'http://a/id/auth/login': '/auth/login',
    'HTTPS://a:1/auth/login?x': '/auth/login?x',
    'http://a': '/',
    'http://a?x': '/?x',
    'http://a/id': '/',
    'ftp://a/id/auth/login': 'ftp://a/id/auth/login',
    'a:443': 'a:443',
    '*': '*',
    '': '',
  }
  for (const [target, path] of Object.entries(targets)) t.equal(prefix.strip(target), path, target)
  const none = createPathPrefix('')
  none.addRoute('/')
  for (const target of ['/', '/id', '//id', '*']) t.equal(none.strip(target), target, target)
})

t.test('a prefix with which paths of the server begin', async (t) => {
  const prefix = createPathPrefix('/auth')
  for (const route of ['/auth/login', '/auth/sessions/:id', '/docs']) prefix.addRoute(route)
  t.equal(prefix.strip('/auth/login'), '/auth/login')
  t.equal(prefix.strip('/auth/auth/login'), '/auth/login')
  t.equal(prefix.strip('/auth/docs'), '/docs')
  t.equal(prefix.strip('/auth/sessions/x'), '/auth/sessions/x')
  t.equal(prefix.strip('/auth/auth/sessions/x'), '/auth/sessions/x')
  const docs = createPathPrefix('/docs')
  for (const route of ['/', '/docs', '/docs/json']) docs.addRoute(route)
  for (const path of ['/docs', '/docs?x', '/docs/json']) t.equal(docs.strip(path), path)
  t.equal(docs.strip('/docs/docs'), '/docs')
  t.equal(docs.strip('/docs/docs/json'), '/docs/json')
  t.equal(docs.strip('/docs/'), '/')
})

await t.test('every route answers in both forms alike', async (t) => {
  const routes = listRoutes(node).filter(({ url }) => !url.includes('*'))
  t.ok(routes.length > 20)
  for (const { url, methods } of routes) {
    const path = url.replaceAll(/:\w+/g, '0')
    for (const method of methods.filter((name) => ['GET', 'POST', 'PATCH', 'DELETE'].includes(name))) {
      const [with_, without] = [await ask(`/id${path}`, { method }), await ask(path, { method })]
      t.equal(with_.status, without.status, `${method} ${path}`)
      t.ok(without.status < 500 || path === '/readyz', `${without.status} ${method} ${path}`)
    }
  }
  t.match(await ask('/id/auth/login', { method: 'PUT' }), { status: 405, text: /allow: POST/i })
})

await t.test('no other spelling of the prefix leads anywhere, and none ends in a fault', async (t) => {
  const found = ['/id/livez', '/livez', 'http://a/id/livez', 'http://other.example/livez', '/id/livez?/../x']
  for (const target of found) t.equal((await ask(target)).status, 200, target)
  const nowhere = [
    '/idx/livez',
    '/ID/livez',
    '/%69d/livez',
    '/i%64/livez',
    '/id%2flivez',
    '/id%2Flivez',
    '/id\\livez',
    '/id;/livez',
    '//id/livez',
    '/id//livez',
    '//id/../livez',
    '/id/../livez',
    '/id/./livez',
    '/./id/livez',
    '/id/%2e%2e/livez',
    '/id/..%2flivez',
    '/id/id/livez',
    '/id/id/id/livez',
    '/id/idx/livez',
    '/id%00/livez',
    '/id%/livez',
    '/id%zz/livez',
    '/id%ff/livez',
    '/id/%',
    '/id/nothing',
    `/id/${'a'.repeat(5000)}`,
    `/${'id/'.repeat(2000)}livez`,
    'http://a//id/livez',
    'http://a/id/id/livez',
  ]
  for (const target of nowhere) t.equal((await ask(target)).status, 404, target.slice(0, 60))
  for (const target of ['http:/id/livez', 'id/livez', 'http://a b/id/livez', '/id\0/livez'])
    t.equal((await ask(target)).status, 400, JSON.stringify(target))
  for (const target of ['*', 'http://a', 'http://a?x', 'http://a#', '/id', '/id?', '/id#', '/id/', '/id/?x']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'CONNECT'])
      t.ok((await ask(target, { method })).status < 500, `${method} ${target}`)
  }
})

await t.test(
  'the metadata of an issuer with a path is at both places, and names the path in every address',
  async (t) => {
    const places = ['/.well-known/oauth-authorization-server', '/id/.well-known/oauth-authorization-server']
    for (const place of [...places, '/.well-known/oauth-authorization-server/id']) {
      const { status, headers, body } = await call<Record<string, unknown>>(node.baseUrl + place)
      t.equal(status, 200, place)
      t.equal(headers.get('cache-control'), 'public, max-age=300')
      const { issuer, ...members } = body
      t.equal(issuer, publicUrl)
      const addresses = Object.entries(members).filter(([, value]) => typeof value === 'string')
      t.ok(addresses.length >= 5)
      for (const [name, address] of addresses) t.match(address, new RegExp(`^${publicUrl}/\\S`), name)
      const keys = new URL(String(body['jwks_uri'])).pathname
      t.match(await call(node.baseUrl + keys), { status: 200, body: { keys: Array } })
    }
    for (const nowhere of ['/.well-known/oauth-authorization-server/idx', '/.well-known/oauth-authorization-server/'])
      t.equal((await call(node.baseUrl + nowhere)).status, 404, nowhere)
  },
)

await t.test('tokens and links name PUBLIC_URL, and no header of a request changes that', async (t) => {
  const response = await fetch(`${node.baseUrl}/id/auth/register`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-proto': 'http',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
      forwarded: 'host=evil.example',
    },
    body: JSON.stringify({ email: 'ada@example.com', password }),
  })
  t.equal(response.status, 201)
  const { access_token: token } = (await response.json()) as { access_token: string }
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  t.match(claims, { iss: publicUrl, aud: publicUrl })
  t.equal((await whoami(`${node.baseUrl}/id`, token)).status, 200)
  const mail = await mailTo('ada@example.com')
  t.match(mail.text, `${publicUrl}/verify-email#token=`)
  t.notMatch(JSON.stringify(mail), 'evil')
})

await t.test(
  'cookies have the path / that their prefix needs, and the origin of PUBLIC_URL alone may use them',
  async (t) => {
    await register(node.baseUrl, 'grace@example.com')
    const login = (origin: string) =>
      fetch(`${node.baseUrl}/id/auth/login`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-auth-mode': 'cookie',
          origin,
          'sec-fetch-site': 'same-origin',
        },
        body: JSON.stringify({ email: 'grace@example.com', password }),
      })
    const { status, headers } = await login('https://example.test')
    t.equal(status, 200)
    const set = headers.getSetCookie().filter((line) => !/Max-Age=0/.test(line))
    t.equal(set.length, 3)
    for (const line of set) t.match(line, /^__Host-Http-\w+=\S+;.* Path=\/;.*Secure/)
    t.equal((await login(publicUrl)).status, 403, 'an origin has no path')
  },
)

await t.test('the API document leads to PUBLIC_URL', async (t) => {
  const { body } = await call(`${node.baseUrl}/id/docs/json`)
  t.match(body, { servers: [{ url: '/id' }] })
})

await t.test('phones learn the paths of links from the root of the host', async (t) => {
  const { body } = await call(`${node.baseUrl}/.well-known/apple-app-site-association`)
  const links = ['open-account', 'verify-email', 'change-email', 'reset-password', 'sign-in']
  t.match(body, { applinks: { details: [{ components: links.map((link) => ({ '/': `/id/${link}` })) }] } })
})

await t.test('the log names the route and not the prefix, and no request was a fault', async (t) => {
  const entries = lines.map((line) => JSON.parse(line) as { level: number; route?: string })
  t.same(
    entries.filter(({ level }) => level >= 50),
    [],
  )
  const routes = new Set(entries.flatMap(({ route }) => route ?? []))
  t.ok(routes.has('/livez'))
  t.notOk([...routes].some((route) => route.startsWith('/id/')))
})

t.test('PUBLIC_URL may have the path /auth', async (t) => {
  const auth = await startNode(t, { databaseUrl: node.databaseUrl, env: { PUBLIC_URL: 'https://example.test/auth' } })
  for (const base of [auth.baseUrl, `${auth.baseUrl}/auth`]) {
    const { access_token: token } = await register(base)
    t.equal((await whoami(base, token)).status, 200)
    t.equal((await call(`${base}/auth/nothing`)).status, 404)
    t.match(await call(`${base}/.well-known/oauth-authorization-server`), {
      body: { issuer: 'https://example.test/auth' },
    })
  }
  const inserted = await call(`${auth.baseUrl}/.well-known/oauth-authorization-server/auth`)
  t.match(inserted, { status: 200, body: { issuer: 'https://example.test/auth' } })
})
