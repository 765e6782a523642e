import t from 'tap'
import { password } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { app, newEmail, openPage, partner, spaOrigins } from './page.ts'
import { type Header, json, type Reply, type Sent, send } from './wire.ts'

const { baseUrl } = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })

const unlisted = {
  'another site': 'https://evil.test',
  null: 'null',
  'a suffix': `${app}.evil.test`,
  'a suffix without a dot': `${app}evil`,
  'a prefix': 'https://xapp.example.test',
  'a subdomain': 'https://sub.app.example.test',
  'the parent domain': 'https://example.test',
  'another port': `${app}:8443`,
  'the default port': `${app}:443`,
  'another scheme': 'http://app.example.test',
  'another case': 'https://APP.example.test',
  'a final slash': `${app}/`,
  'a path': `${app}/x`,
  'a user': 'https://app.example.test@evil.test',
  'two, with a comma': `${app}, ${app}`,
  'two, with a space': `${app} ${partner}`,
  'its entry in SPA_ORIGINS': `${partner} cross-site`,
  'no origin at all': '',
  'a wildcard': '*',
}

const preflight = (method: string): Header[] => [
  ['Access-Control-Request-Method', method],
  ['Access-Control-Request-Headers', 'content-type,x-auth-mode'],
]

/** A request for every kind of response, with its status. */
const answers: Readonly<Record<string, Sent & { status: number }>> = {
  'a GET': { status: 200, method: 'GET', path: '/livez' },
  'a HEAD': { status: 200, method: 'HEAD', path: '/livez' },
  400: { status: 400, path: '/auth/login', headers: [json], body: '{}' },
  '400, malformed': { status: 400, path: '/auth/login', headers: [json], body: '{' },
  401: { status: 401, method: 'GET', path: '/auth/whoami' },
  '403 by the gate': { status: 403, path: '/auth/refresh', headers: [['X-Auth-Mode', 'cookie']], body: 'no JSON' },
  404: { status: 404, method: 'GET', path: '/nowhere' },
  405: { status: 405, method: 'PUT', path: '/auth/me', headers: [json], body: '{}' },
  413: { status: 413, path: '/auth/login', headers: [json], body: JSON.stringify('x'.repeat(17_000)) },
  415: { status: 415, path: '/auth/login', headers: [['Content-Type', 'text/plain']], body: '{}' },
}

const fromOrigin = (origin: string | undefined, { headers = [], ...sent }: Sent) =>
  send(baseUrl, { ...sent, headers: [...headers, ...(origin === undefined ? [] : [['Origin', origin] as const])] })
const accessControl = ({ headers }: Reply) => Object.keys(headers).filter((name) => name.startsWith('access-control'))
const varies = ({ headers }: Reply) => String(headers.vary).toLowerCase().split(/, */)

for (const origin of [app, partner]) {
  t.test(`${origin} is allowed exactly, with credentials, on every kind of response`, async (t) => {
    for (const [name, sent] of Object.entries(answers)) {
      const reply = await fromOrigin(origin, sent)
      t.equal(reply.status, sent.status, name)
      t.equal(reply.headers['access-control-allow-origin'], origin, name)
      t.equal(reply.headers['access-control-allow-credentials'], 'true', name)
      t.equal(
        reply.headers['access-control-expose-headers'],
        'ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, www-authenticate, x-request-id',
        name,
      )
      t.ok(varies(reply).includes('origin'), name)
    }
  })

  t.test(`a preflight from ${origin} gets the methods, the headers and the max age`, async (t) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const reply = await fromOrigin(origin, { method: 'OPTIONS', path: '/auth/login', headers: preflight(method) })
      t.match(reply, {
        status: 204,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
          'access-control-allow-headers':
            'authorization, content-type, x-auth-mode, x-request-id, x-requested-with, baggage, sentry-trace, traceparent, tracestate',
          'access-control-max-age': '7200',
        },
      })
      t.ok(varies(reply).includes('origin'))
    }
  })
}

t.test('the response to a login allows the origin', async (t) => {
  const page = openPage(baseUrl)
  const email = newEmail()
  t.match(await page.register(email), { status: 201, headers: { 'access-control-allow-origin': app } })
  const body = JSON.stringify({ email, password })
  const reply = await fromOrigin('https://evil.test', { path: '/auth/login', headers: [json], body })
  t.equal(reply.status, 200, 'in bearer mode anybody may ask')
  t.strictSame(accessControl(reply), [], 'but no page of another origin may read')
})

for (const [name, origin] of Object.entries({ ...unlisted, 'no Origin header': undefined })) {
  t.test(`${name} gets no access-control header on any response`, async (t) => {
    for (const [answer, sent] of Object.entries(answers)) {
      const reply = await fromOrigin(origin, sent)
      t.equal(reply.status, sent.status, answer)
      t.strictSame(accessControl(reply), [], answer)
      t.ok(varies(reply).includes('origin'), `${answer} varies`)
    }
    for (const path of ['/auth/login', '/auth/me', '/nowhere']) {
      const reply = await fromOrigin(origin, { method: 'OPTIONS', path, headers: preflight('POST') })
      t.equal(reply.status, 404, path)
      t.strictSame(accessControl(reply), [], `preflight of ${path}`)
      t.ok(varies(reply).includes('origin'), path)
    }
  })
}

t.test('a request with two Origin headers has no allowed origin', async (t) => {
  const headers: Header[] = [
    ['Origin', app],
    ['Origin', app],
  ]
  t.strictSame(accessControl(await send(baseUrl, { method: 'GET', path: '/livez', headers })), [])
})

t.test('only the address of the doctor itself is open to other origins', async (t) => {
  for (const path of [
    '/auth/doctor/',
    '//auth/doctor',
    '/auth/doctor/x',
    '/auth/whoami?/auth/doctor',
    '/AUTH/doctor',
  ]) {
    t.strictSame(accessControl(await fromOrigin('https://evil.test', { method: 'GET', path })), [], path)
  }
})

t.test(
  'the pages that links lead to may send the token of a link, without credentials, and nothing else',
  async (t) => {
    const pages = 'https://pages.example.test'
    for (const [SPA_ORIGINS, setting] of [
      [spaOrigins, { APP_URL: pages }],
      [`${spaOrigins},${pages}`, { APP_URL: pages }],
      [spaOrigins, { LINK_TARGETS: `myapp://auth,${pages}/auth` }],
    ] as const) {
      const node = await startNode(t, { env: { SPA_ORIGINS, ...setting } })
      const listed = SPA_ORIGINS !== spaOrigins
      const ask = (path: string, origin: string, sent: Partial<Sent> = {}) =>
        send(node.baseUrl, { path, body: '{}', ...sent, headers: [json, ...(sent.headers ?? []), ['Origin', origin]] })
      const mayRead = ({ headers }: Reply) => headers['access-control-allow-origin'] === pages
      const withCredentials = ({ headers }: Reply) => headers['access-control-allow-credentials'] === 'true'
      const asked: Partial<Sent> = { method: 'OPTIONS', body: '', headers: preflight('POST') }
      for (const path of [
        '/auth/email/verify',
        '/auth/password/reset',
        '/auth/login/email/inspect',
        '/auth/login/email/approve',
      ]) {
        const replies = [await ask(path, pages, asked), await ask(path, pages)]
        t.same(
          replies.map(({ status }) => status),
          [204, 400],
          path,
        )
        t.same(replies.map(mayRead), [true, true], path)
        t.same(replies.map(withCredentials), [listed, listed], path)
        t.ok(replies.every((reply) => varies(reply).includes('origin')))
        t.strictSame(accessControl(await ask(path, 'https://evil.test')), [], path)
        t.strictSame(accessControl(await ask(path, `${pages}.evil.test`)), [], path)
        const { status } = await ask(path, pages, { headers: [['X-Auth-Mode', 'cookie']] })
        t.equal(status, listed ? 400 : 403, 'not in cookie mode')
      }
      for (const path of ['/auth/login', '/auth/email/verify/', '/auth/password', '/auth/refresh?/auth/email/verify']) {
        t.equal(mayRead(await ask(path, pages)), listed, path)
      }
    }
  },
)

t.test(
  'without SPA_ORIGINS, no origin is allowed in production, and the sample page in development on this machine',
  async (t) => {
    const headers = (origin: string): Header[] => [['Origin', origin]]
    const production = {
      NODE_ENV: 'production',
      DATABASE_URL: 'postgres://unused',
      SMTP_URL: 'smtp://unused',
      MAIL_FROM: 'a@b.test',
    }
    for (const [env, echoed] of [
      [production, undefined],
      [{ PUBLIC_URL: 'http://localhost:3000' }, 'http://localhost:5173'],
      // Others can reach this server, although it is for development.
      [{}, undefined],
    ] as const) {
      const node = await startNode(t, { env })
      const sample = await send(node.baseUrl, {
        method: 'GET',
        path: '/livez',
        headers: headers('http://localhost:5173'),
      })
      t.equal(sample.headers['access-control-allow-origin'], echoed)
      t.strictSame(
        accessControl(await send(node.baseUrl, { method: 'GET', path: '/livez', headers: headers(app) })),
        [],
      )
    }
  },
)
