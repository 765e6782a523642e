import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { startNode } from '../../setup/node.ts'
import { app, asPage, openPage, partner, spaOrigins } from './page.ts'
import { type Header, send } from './wire.ts'

const PUBLIC_URL = 'https://auth.example.test'
const { baseUrl } = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const path = '/auth/doctor'

type Refusal = { rule: string; detail: string; change: string }
type Diagnosis = {
  verdict: string
  received: Record<string, unknown> & { cookies: string[] }
  same_site: boolean | null
  cookies_present: { access: boolean; refresh: boolean }
  refused_by: Refusal[]
}

async function examine(...headers: readonly Header[]) {
  const reply = await send(baseUrl, { method: 'GET', path, headers })
  if (reply.status !== 200) throw new Error(`the doctor answered ${reply.status}`)
  const diagnosis = reply.body as Diagnosis
  const saysRefused = diagnosis.verdict.includes('See refused_by.')
  if (!diagnosis.received['authorization'] && saysRefused !== diagnosis.refused_by.length > 0)
    throw new Error(`the verdict is ${diagnosis.verdict}`)
  return { ...diagnosis, headers: reply.headers }
}

/** SPA_ORIGINS after the change that the doctor suggests. */
function settingIn({ change }: Refusal) {
  const [, quoted, plain] = /SPA_ORIGINS=(?:"([^"]*)"|(\S+))/.exec(change) ?? []
  return readConfig({ NODE_ENV: 'development', PUBLIC_URL, SPA_ORIGINS: quoted ?? plain ?? 'none' }).spaOrigins
}
const known = [
  { origin: app, crossSite: false, bearerOnly: false },
  { origin: partner, crossSite: true, bearerOnly: false },
]

t.test('a correct page gets a positive diagnosis', async (t) => {
  const page = openPage(baseUrl)
  t.match(await page.ask('GET', path), {
    status: 200,
    body: {
      verdict: /Log in first/,
      received: { origin: app, sec_fetch_site: 'same-site', x_auth_mode: 'cookie', authorization: false, cookies: [] },
      same_site: true,
      cookies_present: { access: false, refresh: false },
      refused_by: [],
    },
  })
  await page.register()
  const { body } = await page.ask('GET', path, undefined, [['Sec-Fetch-Mode', 'cors']])
  t.match(body, {
    verdict: /All is well/,
    received: {
      sec_fetch_mode: 'cors',
      cookies: ['__Host-Http-access', '__Host-Http-refresh', '__Host-Http-device'],
    },
    cookies_present: { access: true, refresh: true },
    refused_by: [],
  })
})

t.test('an unlisted origin is the only problem, and the suggested setting adds it to the list', async (t) => {
  const { refused_by: found } = await examine(...asPage('https://new.example.test'))
  t.same(
    found.map(({ rule }) => rule),
    ['origin'],
  )
  t.match(found[0], { detail: /"https:\/\/new\.example\.test" is not one of SPA_ORIGINS/ })
  t.strictSame(found.map(settingIn), [
    [...known, { origin: 'https://new.example.test', crossSite: false, bearerOnly: false }],
  ])
})

t.test(
  'a cross-site request is the only problem, and the suggested setting marks the origin as cross-site',
  async (t) => {
    const { refused_by: found, same_site: sameSite } = await examine(...asPage(app, 'cross-site'))
    t.same(
      found.map(({ rule }) => rule),
      ['sec-fetch-site'],
    )
    t.equal(sameSite, false)
    t.match(found[0], { detail: /on another site/, change: new RegExp(PUBLIC_URL) })
    const sorted = found.map(settingIn).map((list) => list.toSorted((a, b) => a.origin.localeCompare(b.origin)))
    t.strictSame(sorted, [known.map(({ origin }) => ({ origin, crossSite: true, bearerOnly: false }))])
  },
)

t.test('a cross-site origin is accepted from another site', async (t) => {
  t.match(await examine(...asPage(partner, 'cross-site')), { refused_by: [], same_site: false })
})

t.test('a missing X-Auth-Mode is the only problem, and the suggested code sends it with credentials', async (t) => {
  const { refused_by: found } = await examine(['Origin', app], ['Sec-Fetch-Site', 'same-site'])
  t.same(
    found.map(({ rule }) => rule),
    ['x-auth-mode'],
  )
  t.match(found[0], { detail: /X-Auth-Mode: cookie/, change: /credentials: 'include'.*'X-Auth-Mode': 'cookie'/ })
})

t.test('another content type is the only problem, and the suggested code sends JSON', async (t) => {
  const { refused_by: found } = await examine(...asPage(), ['Content-Type', 'text/plain'])
  t.same(
    found.map(({ rule }) => rule),
    ['content-type'],
  )
  t.match(found[0], { detail: /application\/json/, change: /'Content-Type': 'application\/json'/ })
})

t.test('opened in a tab, the doctor says that a page has to call it', async (t) => {
  const { refused_by: found, same_site: sameSite } = await examine(['Sec-Fetch-Site', 'none'])
  t.same(
    found.map(({ rule }) => rule),
    ['origin', 'sec-fetch-site', 'x-auth-mode'],
  )
  t.match(found, [{ change: /from the page/ }, { change: /from the page/ }, {}])
  t.equal(sameSite, false)
  t.equal((await examine()).same_site, null, 'where the browser does not say')
})

t.test('an Authorization header is reported as the reason why cookies are ignored', async (t) => {
  const diagnosis = await examine(...asPage(), ['Authorization', 'Bearer secret-token-value'])
  t.match(diagnosis, { verdict: /Authorization header/, received: { authorization: true }, refused_by: [] })
  t.notMatch(JSON.stringify(diagnosis), /secret-token-value/)
})

t.test('cookies are listed by name, without their values', async (t) => {
  const cookie = '__Host-Http-access=value-one; other="value-two"; third=value=three; __Host-Http-refresh=value%20four'
  const diagnosis = await examine(...asPage(), ['Cookie', cookie])
  t.same(diagnosis.received.cookies, ['__Host-Http-access', 'other', 'third', '__Host-Http-refresh'])
  t.notMatch(JSON.stringify(diagnosis), /value-|value=|value%|value /)
})

t.test('an empty Origin is not listed', async (t) => {
  const { status, headers } = await send(baseUrl, { method: 'GET', path, headers: [['Origin', '']] })
  t.equal(status, 200)
  t.equal(headers['access-control-allow-origin'], undefined)
})

t.test('any origin may read the doctor in development, also after a preflight', async (t) => {
  const origin = 'https://not-listed-yet.test'
  const { headers } = await examine(...asPage(origin))
  t.equal(headers['access-control-allow-origin'], origin)
  t.equal(headers['access-control-allow-credentials'], 'true')
  t.equal(headers['cache-control'], 'no-store')
  const asked: Header[] = [
    ['Origin', origin],
    ['Access-Control-Request-Method', 'GET'],
    ['Access-Control-Request-Headers', 'x-auth-mode'],
  ]
  t.match(await send(baseUrl, { method: 'OPTIONS', path, headers: asked }), {
    status: 204,
    headers: { 'access-control-allow-origin': origin, 'access-control-allow-headers': /x-auth-mode/ },
  })
})

t.test('in production there is no doctor, and nothing is open to other origins', async (t) => {
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgres://unused',
    SMTP_URL: 'smtp://unused',
    MAIL_FROM: 'auth@example.test',
    SPA_ORIGINS: spaOrigins,
  }
  const node = await startNode(t, { env })
  const listed = await send(node.baseUrl, { method: 'GET', path, headers: asPage() })
  t.match(listed, { status: 404, body: { code: 'not_found' } })
  const unlisted = await send(node.baseUrl, { method: 'GET', path, headers: asPage('https://new.test') })
  t.equal(unlisted.status, 404)
  t.equal(unlisted.headers['access-control-allow-origin'], undefined)
})
