/** The limit of requests. Each node counts by the matched route and the address of the client. */
import { request as httpRequest } from 'node:http'
import t from 'tap'
import { call, register, whoami } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { limitHeaders, tally } from './place.ts'

const secret = 'a-secret-of-32-characters-or-more'
const node = await startNode(t, {
  env: { RATE_LIMITS: 'requests=10/600', TRUSTED_PROXIES: '127.0.0.1', SERVICE_CREDENTIALS: `api:${secret}` },
})

/** Sends the path as it is. `fetch` would normalize it. */
const send = (path: string, { method = 'POST', from = '203.0.113.1', body = '{}' } = {}) =>
  new Promise<{ status: number; headers: Headers; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(node.baseUrl)
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': from }
    const asked = httpRequest({ hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: new Headers(answer.headers as Record<string, string>),
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asked.on('error', reject).end(method === 'GET' ? undefined : body)
  })
const times = async (count: number, path: string, given: Parameters<typeof send>[1] = {}) => {
  const answers = []
  for (let i = 0; i < count; i++) answers.push(await send(path, given))
  return answers
}

t.test('responses count down, and the refusal is a problem document', async (t) => {
  const from = '198.51.100.1'
  const first = await send('/auth/login', { from })
  t.match(limitHeaders(first), {
    'ratelimit-limit': '10',
    'ratelimit-remaining': '9',
    'ratelimit-reset': /^(599|600)$/,
  })
  await times(9, '/auth/login', { from })
  const refused = await send('/auth/login', { from })
  t.equal(refused.status, 429)
  t.match(refused.headers.get('content-type'), /^application\/problem\+json/)
  t.match(JSON.parse(refused.text), { status: 429, code: 'rate_limited', retryable: true })
  const { 'retry-after': wait = '', ...others } = limitHeaders(refused)
  t.match(others, { 'ratelimit-limit': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': wait })
  t.ok(Number(wait) > 590 && Number(wait) <= 600)
  t.equal(JSON.parse(refused.text).retry_after_seconds, Number(wait))
  t.match(await send('/auth/login', { from: '198.51.100.2' }), { status: 400 }, 'another client has its own budget')
  t.match(await send('/auth/refresh', { from }), { status: 400 }, 'another route has its own budget')
})

t.test('every spelling of a URL shares the budget of its route, or is 404', async (t) => {
  const from = '198.51.100.3'
  const spellings = [
    '/auth/login',
    '/auth/login?x=1',
    '/auth/login?x=2',
    '/auth/%6cogin',
    '/%61uth/login',
    '/auth/login?',
    '/auth/login#a',
  ]
  const answers = []
  for (let i = 0; i < 21; i++) answers.push(await send(spellings[i % spellings.length] ?? '', { from }))
  const matched = answers.filter(({ status }) => status !== 404)
  t.comment(JSON.stringify(tally(answers)))
  t.equal(matched.filter(({ status }) => status === 400).length, 10)
  t.ok(matched.length > 15)
  t.ok(matched.every(({ status }) => status === 400 || status === 429))
  t.match(await send('/auth/login', { from }), { status: 429 })
  for (const path of ['//auth/login', '/auth/login/', '/AUTH/login', '/auth%2flogin', '/auth/./login']) {
    t.match(await send(path, { from }), { status: 404 }, path)
  }
})

t.test('requests that match no route share one budget', async (t) => {
  const from = '198.51.100.4'
  const answers = []
  for (let i = 0; i < 12; i++) answers.push(await send(`/nothing/${i}`, { from, method: i % 2 === 0 ? 'GET' : 'POST' }))
  t.same(tally(answers), { 404: 10, 429: 2 })
})

t.test('a parameter of the path makes no other route', async (t) => {
  const answers = []
  for (let i = 0; i < 12; i++) answers.push(await send(`/admin/users/${i}`, { from: '198.51.100.5', method: 'GET' }))
  t.same(tally(answers), { 401: 10, 429: 2 })
})

t.test('a refused request costs no query, because requests are counted before authentication', async (t) => {
  const ada = await register(node.baseUrl)
  let queries = 0
  const query = node.database.pool.query.bind(node.database.pool)
  Object.assign(node.database.pool, {
    query: (...args: Parameters<typeof query>) => {
      queries++
      return query(...args)
    },
  })
  const statuses = []
  for (let i = 0; i < 11; i++) statuses.push((await whoami(node.baseUrl, ada.access_token)).status)
  t.same(statuses, [...Array.from({ length: 10 }, () => 200), 429])
  t.equal(queries, 0)
  for (let i = 0; i < 11; i++) await call(`${node.baseUrl}/auth/me`, { token: ada.access_token })
  const before = queries
  t.match(await call(`${node.baseUrl}/auth/me`, { token: ada.access_token }), { status: 429 })
  t.equal(queries, before)
})

t.test('probes, keys, metadata and requests of services are not counted', async (t) => {
  for (const path of ['/livez', '/readyz', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
    const answers = await times(15, path, { method: 'GET' })
    t.same(tally(answers), { 200: 15 }, path)
    t.same(limitHeaders(answers[0] ?? { headers: new Headers() }), {}, path)
  }
  const authorization = `Basic ${Buffer.from(`api:${secret}`).toString('base64')}`
  for (const path of ['/metrics', '/revocations']) {
    for (let i = 0; i < 12; i++) {
      const { status } = await fetch(`${node.baseUrl}${path}`, { headers: { authorization } })
      t.equal(status, 200, path)
    }
  }
  for (let i = 0; i < 12; i++) {
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    const { status } = await fetch(`${node.baseUrl}/oauth/introspect`, { method: 'POST', headers, body: 'token=x' })
    t.equal(status, 200)
  }
})

t.test('an OAuth route refuses with an error of OAuth', async (t) => {
  const answers = []
  for (let i = 0; i < 11; i++) {
    answers.push(
      await fetch(`${node.baseUrl}/oauth/revoke`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-for': '198.51.100.6' },
        body: 'token=x',
      }),
    )
  }
  t.same(tally(answers), { 200: 10, 429: 1 })
  t.match(await answers[10]?.json(), { error: 'temporarily_unavailable', code: 'rate_limited' })
})

t.test('a page of an allowed origin can read how long to wait', async (t) => {
  const one = await startNode(t, {
    databaseUrl: node.databaseUrl,
    env: { RATE_LIMITS: 'requests=1/600', SPA_ORIGINS: 'https://app.example.test' },
  })
  const headers = { origin: 'https://app.example.test' }
  await fetch(`${one.baseUrl}/auth/whoami`, { headers })
  const refused = await fetch(`${one.baseUrl}/auth/whoami`, { headers })
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('access-control-allow-origin'), 'https://app.example.test')
  t.match(refused.headers.get('access-control-expose-headers'), /ratelimit-reset, retry-after/)
})
