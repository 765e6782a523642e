/** A request's token comes from exactly one place, and a session's mode is fixed. */
import t from 'tap'
import { call, password, refresh as refreshByBody, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { row } from '../../setup/sessions.ts'
import { asPage, newEmail, openPage, spaOrigins } from './page.ts'
import { type Header, json, send } from './wire.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const { baseUrl } = node
const access = '__Host-Http-access'
const refresh = '__Host-Http-refresh'

const reasonOf = async (sessionId: unknown) => (await row(node, String(sessionId))).revoke_reason

async function registered(base = baseUrl) {
  const page = openPage(base)
  const email = newEmail()
  const { body } = await page.register(email)
  return Object.assign(page, { email, sessionId: String(body['session_id']) })
}

t.test("a cookie session's refresh token in a body is 401 and ends nothing", async (t) => {
  const page = await registered()
  const token = String(page.jar.get(refresh))
  t.match(token, /^cs1\./)
  for (const path of ['/auth/refresh', '/auth/logout']) {
    const reply = await call(baseUrl + path, { body: { refresh_token: token } })
    t.match(reply, { status: 401, body: { code: 'invalid_refresh_token' } }, path)
  }
  t.equal(await reasonOf(page.sessionId), null)
  t.match(await page.refresh(), { status: 200 })
})

t.test("a bearer session's refresh token in a cookie is 401, and ends nothing", async (t) => {
  const bearer = await register(baseUrl)
  const page = openPage(baseUrl)
  page.jar.set(refresh, bearer.refresh_token)
  t.match(await page.refresh(), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await page.logout(), { status: 204 }, 'the cookie is taken back')
  t.equal(page.jar.size, 0)
  page.jar.set(refresh, bearer.refresh_token)
  t.match(await page.register(), { status: 201 })
  t.equal(await reasonOf(bearer.session_id), null, 'neither logout nor a login replaced it')
  t.match(await refreshByBody(baseUrl, bearer.refresh_token), { status: 200 })
})

t.test('a token in the body of a request in cookie mode is 400, and names the member', async (t) => {
  const page = await registered()
  const bearer = await register(baseUrl)
  for (const token of [String(page.jar.get(refresh)), bearer.refresh_token])
    for (const path of ['/auth/refresh', '/auth/logout'])
      t.match(await page.ask('POST', path, { refresh_token: token }), {
        status: 400,
        setCookies: [],
        body: { code: 'invalid_request', errors: [{ path: '/refresh_token' }] },
      })
  t.equal(await reasonOf(page.sessionId), null)
  t.equal(await reasonOf(bearer.session_id), null)
})

t.test('doubled cookies are refused in every spelling, and change no session', async (t) => {
  const page = await registered()
  const [a, r] = [String(page.jar.get(access)), String(page.jar.get(refresh))]
  const other = await registered()
  const [a2, r2] = [String(other.jar.get(access)), String(other.jar.get(refresh))]
  const doubles = (name: string, mine: string, theirs: string): Record<string, Header[]> => ({
    'equal values': [['Cookie', `${name}=${mine}; ${name}=${mine}`]],
    'different values': [['Cookie', `${name}=${mine}; ${name}=${theirs}`]],
    'theirs first': [['Cookie', `${name}=${theirs}; ${name}=${mine}`]],
    'something between': [['Cookie', `${name}=${mine}; x=1; ${name}=${theirs}`]],
    'two headers': [
      ['Cookie', `${name}=${mine}`],
      ['cookie', `${name}=${theirs}`],
    ],
    'no space': [['Cookie', `${name}=${mine};${name}=${theirs}`]],
    'spaces and tabs': [['Cookie', `${name}=${mine} ;\t  ${name}=${theirs}`]],
    'space before the equals sign': [['Cookie', `${name} =${theirs}; ${name}=${mine}`]],
    'space after the equals sign': [['Cookie', `${name}= ${theirs}; ${name}=${mine}`]],
    'tab before the equals sign': [['Cookie', `${name}\t=${theirs}; ${name}=${mine}`]],
    'an empty one': [['Cookie', `${name}=; ${name}=${mine}`]],
    quotes: [['Cookie', `${name}="${theirs}"; ${name}=${mine}`]],
  })
  // A logout clears them, because only that helps the browser.
  const gone = [/^__Host-Http-access=; Max-Age=0/, /^__Host-Http-refresh=; Max-Age=0/]
  const cleared = (path: string) => (path === '/auth/logout' ? gone : [])
  for (const [how, cookies] of Object.entries(doubles(access, a, a2))) {
    for (const [method, path, body] of [
      ['GET', '/auth/whoami', ''],
      ['PATCH', '/auth/me', '{"name":"x"}'],
      ['POST', '/auth/logout', '{}'],
    ] as const) {
      const reply = await send(baseUrl, { method, path, headers: [...cookies, ...asPage(), json], body })
      t.match(reply, { status: 401, setCookies: cleared(path), body: { code: 'invalid_token' } }, `${path}, ${how}`)
    }
  }
  for (const [how, cookies] of Object.entries(doubles(refresh, r, r2))) {
    for (const [path, body] of [
      ['/auth/refresh', '{}'],
      ['/auth/logout', '{}'],
    ] as const) {
      const reply = await send(baseUrl, { path, headers: [...cookies, ...asPage(), json], body })
      t.match(
        reply,
        { status: 401, setCookies: cleared(path), body: { code: 'invalid_refresh_token' } },
        `${path}, ${how}`,
      )
    }
  }
  for (const one of [page, other]) {
    t.equal(await reasonOf(one.sessionId), null)
    t.equal((await row(node, one.sessionId)).generation, 0)
  }
  const login = JSON.stringify({ email: page.email, password })
  for (const [how, cookies] of Object.entries(doubles(refresh, r, r2))) {
    const reply = await send(baseUrl, { path: '/auth/login', headers: [...cookies, ...asPage(), json], body: login })
    t.match(reply, { status: 200 }, `a login replaces both, ${how}`)
    t.match(reply.setCookies.slice(0, 2), [/^__Host-Http-access=eyJ/, /^__Host-Http-refresh=cs1/])
  }
  for (const one of [page, other]) t.equal(await reasonOf(one.sessionId), null, 'and ends no session')
})

t.test('a cookie with a similar name is ignored', async (t) => {
  const page = await registered()
  const value = String(page.jar.get(access))
  for (const name of [
    'access',
    '__Host-access',
    '__Http-access',
    `x${access}`,
    `${access}x`,
    access.toLowerCase(),
    '',
  ]) {
    const headers: Header[] = [['Cookie', `${name}=${value}`], ...asPage()]
    const reply = await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers })
    t.match(reply, { status: 401, body: { code: 'authentication_required' } }, name)
  }
  const headers: Header[] = [['Cookie', `${access}; ${value}`], ...asPage()]
  t.match(await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers }), { status: 401 }, 'no equals sign')
  const beside: Header[] = [['Cookie', `access=nonsense; x${access}=1; ${access}=${value}`], ...asPage()]
  t.match(
    await send(baseUrl, { method: 'GET', path: '/auth/whoami', headers: beside }),
    { status: 200 },
    'nor in the way',
  )
})

t.test('an empty cookie means cookie mode without a token', async (t) => {
  const cookie: Header = ['Cookie', `${access}=; ${refresh}=`]
  const ask = (method: string, path: string, headers: readonly Header[]) => send(baseUrl, { method, path, headers })
  t.match(await ask('GET', '/auth/whoami', [cookie]), { status: 401, body: { code: 'authentication_required' } })
  t.match(await ask('POST', '/auth/refresh', [cookie]), { status: 403 })
  t.match(await ask('POST', '/auth/refresh', [cookie, ...asPage()]), { status: 401 })
})

t.test('with http the cookie names end in the port and have no prefix, and prefixed cookies are ignored', async (t) => {
  const plain = await startNode(t, {
    env: { PUBLIC_URL: 'http://localhost:3000', SPA_ORIGINS: 'http://localhost:5173' },
  })
  const page = openPage(plain.baseUrl, { origin: 'http://localhost:5173' })
  const { setCookies } = await page.register()
  t.match(setCookies.toSorted(), [
    /^access-3000=eyJ[^;]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Strict$/,
    /^device-3000=cd1[^;]+; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Strict$/,
    /^refresh-3000=cs1[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Strict$/,
  ])
  t.match(await page.whoami(), { status: 200 })
  const held = new Map(page.jar)
  page.jar.clear()
  for (const [name, value] of held) page.jar.set(`__Host-Http-${name}`, value)
  t.match(await page.whoami(), { status: 401, body: { code: 'authentication_required' } })
  for (const [name, value] of held) page.jar.set(name, value)
  t.match(await page.refresh(), { status: 200 })
  t.match((await page.logout()).setCookies, [/^access-3000=; /, /^refresh-3000=; /])
})
