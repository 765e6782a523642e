/** No change of a setting, no other program and no other host locks a browser out: a sign-in works, and what follows it works. */
import t from 'tap'
import { password } from '../../setup/client.ts'
import { type Node, startNode } from '../../setup/node.ts'
import { createJar } from './jar.ts'
import { app, asPage, newEmail } from './page.ts'
import { type Header, json, type Reply, send } from './wire.ts'

/** A page in a browser whose jar knows paths, domains and partitions. */
function openBrowser(origin = app) {
  const jar = createJar()
  const email = newEmail()
  async function ask(node: Node, method: string, path: string, body?: object, more: readonly Header[] = []) {
    const { hostname: host } = new URL(node.config.publicUrl)
    const page = { host, path }
    const headers = [...asPage(origin), ...jar.header(page), ...more, ...(body ? [json] : [])]
    const reply = await send(node.baseUrl, { method, path, headers, body: body ? JSON.stringify(body) : '' })
    jar.take(page, reply.headers['set-cookie'] ?? [])
    return reply
  }
  const steps: Record<string, (node: Node) => Promise<Reply>> = {
    register: (node) => ask(node, 'POST', '/auth/register', { email, password }),
    login: (node) => ask(node, 'POST', '/auth/login', { email, password }),
    refresh: (node) => ask(node, 'POST', '/auth/refresh', {}),
    whoami: (node) => ask(node, 'GET', '/auth/whoami'),
    logout: (node) => ask(node, 'POST', '/auth/logout', {}),
  }
  /** The status of each step, in this order. */
  const play = async (node: Node, ...names: string[]) => {
    const statuses: (number | undefined)[] = []
    for (const name of names) statuses.push((await steps[name]?.(node))?.status)
    return statuses
  }
  return { jar, ask, play }
}

const ordinary = [app, `${app} cross-site`] as const

t.test('after a change of SPA_ORIGINS, a browser with the cookies of before stays signed in', async (t) => {
  const first = await startNode(t, { env: { SPA_ORIGINS: ordinary[0] } })
  const second = await startNode(t, { databaseUrl: first.databaseUrl, env: { SPA_ORIGINS: ordinary[1] } })
  for (const [before, after] of [
    [first, second],
    [second, first],
  ] as const) {
    const { jar, play } = openBrowser()
    t.same(await play(before, 'register', 'whoami'), [201, 200])
    t.same(
      await play(after, 'refresh', 'whoami', 'refresh', 'login', 'whoami', 'refresh'),
      [200, 200, 200, 200, 200, 200],
    )
    const partitioned = jar.names().map((name) => name.endsWith(' partitioned'))
    t.same(partitioned, Array(3).fill(after === second), 'each cookie is there once')
    t.same(await play(before, 'logout', 'whoami'), [204, 401])
    t.match(jar.names(), [/device/], 'a logout clears both kinds')
  }
})

t.test('a browser that has cookies of both kinds is healed by a login', async (t) => {
  const node = await startNode(t, { env: { SPA_ORIGINS: ordinary[0] } })
  const browser = openBrowser()
  t.same(await browser.play(node, 'register'), [201])
  const other = openBrowser()
  await other.play(node, 'register')
  // Servers before this one left such a jar behind.
  for (const name of ['access', 'refresh'])
    browser.jar.take({ host: 'auth.example.test', path: '/' }, [`__Host-Http-${name}=planted; Path=/; Partitioned`])
  t.same(await browser.play(node, 'whoami', 'refresh'), [401, 401], 'nothing tells which of two is ours')
  t.same(await browser.play(node, 'login', 'whoami', 'refresh', 'whoami'), [200, 200, 200, 200])
})

t.test('the line that clears the other kind comes first, and cannot be obeyed on another site', async (t) => {
  const node = await startNode(t, { env: { SPA_ORIGINS: ordinary[1] } })
  const browser = openBrowser()
  const { headers } = await browser.ask(node, 'POST', '/auth/register', { email: newEmail(), password })
  const lines = (headers['set-cookie'] ?? []).filter((line) => line.startsWith('__Host-Http-refresh='))
  t.match(lines, [/^[^=]+=; Max-Age=0; .*; SameSite=Strict$/, /^[^=]+=cs1\..*; Partitioned; SameSite=None$/])
})

const strayPaths = ['/auth', '/auth/', '/auth/login', '/auth/refresh', '/auth/whoami']

t.test('on localhost, cookies of other programs keep no user out', async (t) => {
  const origin = 'http://localhost:5173'
  const env = (port: number) => ({ PUBLIC_URL: `http://localhost:${port}`, SPA_ORIGINS: origin })
  const node = await startNode(t, { env: env(3000) })
  const neighbour = await startNode(t, { env: env(3001) })
  for (const path of ['/', ...strayPaths]) {
    for (const suffix of ['', '-3000', '-3001']) {
      const browser = openBrowser(origin)
      const plant = () =>
        browser.jar.take(
          { host: 'localhost', path: '/' },
          ['access', 'refresh', 'device'].map((kind) => `${kind}${suffix}=x; Path=${path}`),
        )
      plant()
      t.same(await browser.play(node, 'register'), [201], `${suffix} ${path}`)
      t.same(await browser.play(node, 'login'), [200])
      // The first request at the path of a stray cookie may be refused. Its answer removes that cookie.
      await browser.play(node, 'refresh', 'whoami')
      t.same(await browser.play(node, 'refresh', 'whoami', 'refresh', 'whoami'), [200, 200, 200, 200])
      t.same(await browser.play(node, 'logout'), [204])
    }
  }
  const browser = openBrowser(origin)
  t.same(await browser.play(node, 'register', 'whoami'), [201, 200])
  t.same(await browser.play(neighbour, 'register', 'whoami', 'refresh'), [201, 200, 200])
  t.same(await browser.play(node, 'whoami', 'refresh'), [200, 200], 'another server on localhost takes no cookie')
})

t.test('COOKIE_DOMAIN shares the access cookie alone, and a cookie that a sibling plants is removed', async (t) => {
  const env = { SPA_ORIGINS: app, COOKIE_DOMAIN: 'example.test' }
  const node = await startNode(t, { env })
  const browser = openBrowser()
  t.same(await browser.play(node, 'register', 'whoami', 'refresh', 'whoami'), [201, 200, 200, 200])
  t.same(browser.jar.names(), [
    '__Host-Http-device auth.example.test /',
    '__Host-Http-refresh auth.example.test /',
    '__Secure-access .example.test /',
  ])
  t.match(browser.jar.header({ host: 'app.example.test', path: '/any' }), [['Cookie', /^__Secure-access=eyJ[^;]+$/]])
  for (const place of [
    'Path=/auth; Domain=example.test',
    'Path=/auth/; Domain=auth.example.test',
    'Path=/; Domain=auth.example.test',
    'Path=/',
    'Path=/auth/whoami; Domain=example.test',
    'Path=/; Partitioned; Domain=example.test',
  ]) {
    browser.jar.take({ host: 'auth.example.test', path: '/' }, [`__Secure-access=planted; ${place}`])
    t.same(await browser.play(node, 'whoami', 'refresh', 'whoami'), [401, 200, 200], place)
  }
  t.same(await browser.play(node, 'logout', 'whoami'), [204, 401])
  t.same(browser.jar.names(), ['__Host-Http-device auth.example.test /'])
})

t.test('an odd path or an odd cookie never fails a request', async (t) => {
  const node = await startNode(t, {
    env: { PUBLIC_URL: 'http://localhost:3000', SPA_ORIGINS: 'http://localhost:5173' },
  })
  const cookie: Header = ['Cookie', 'access-3000=a; access-3000=b; refresh-3000=a; refresh-3000=b']
  for (const path of [
    '//',
    '/%0d%0aSet-Cookie:x',
    '/a;b=c/d,e',
    '/"/\'',
    `/${'a/'.repeat(500)}`,
    '/auth/../x?y=/z',
    '*',
    'http://other.test/auth/whoami',
  ]) {
    const { status, headers } = await send(node.baseUrl, { method: 'GET', path, headers: [cookie] })
    t.ok(status < 500, `${path} ${status}`)
    t.ok(
      (headers['set-cookie'] ?? []).every((line) =>
        /^(access|refresh)-3000=; Max-Age=0; Path=\/[\w/.~-]*; /.test(line),
      ),
    )
    t.ok((headers['set-cookie'] ?? []).length < 50)
  }
})
