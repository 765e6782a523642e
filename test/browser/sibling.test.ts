/** An unlisted page on the same site may set cookies for the whole site, and gains nothing. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { call } from '../setup/client.ts'
import { lastOfEachName } from '../setup/set-cookies.ts'
import { attackAll, attacker } from './attacks.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { type Sites, startSites } from './sites.ts'
import { asksIn, callFrom, cookiesOf, dump, enter, expireAccess, greets, openApp } from './users.ts'

t.setTimeout(290_000)

await t.test('from a sibling subdomain', { skip }, async (test) => {
  const sites = await startSites(test)
  const { context } = await openBrowser(test, sites)
  await call(`${sites.node.baseUrl}/auth/register`, { body: attacker })
  const planted = await attackersCookies(sites)
  const app = await openApp(context, sites.origin('app.example.test'))
  await enter(app, 'Register', 'ada@example.com')
  await greets(app, 'ada@example.com')
  const sibling = await context.newPage()
  await sibling.goto(sites.origin('sib.example.test'))

  await test.test('requests of the page carry the cookies, and change nothing', async (t) => {
    const sent = await attackAll(t, { sites, context, page: sibling })
    for (const { method, path, headers, status, body } of sent) {
      t.match(headers.cookie, '__Host-Http-refresh=', `${method} ${path} came with the cookies`)
      t.equal(headers['sec-fetch-site'], 'same-site')
      if (method === 'GET') continue
      t.match({ status, ...JSON.parse(body) }, { status: 403, code: 'csrf_rejected', detail: /not one of SPA_ORIGINS/ })
    }
  })

  const removeTossed = async () => {
    await context.clearCookies({ domain: '.example.test' })
    await context.clearCookies({ domain: 'sib.example.test' })
  }
  const tosses: readonly [how: string, toss: () => Promise<unknown>][] = [
    ...[...scripted(planted)].map((text): [string, () => Promise<unknown>] => [
      text.replace(/cs1\.[^;]*|eyJ[^;]*/, '…'),
      () => sibling.evaluate((cookie) => void (document.cookie = cookie), text),
    ]),
    ...[...answered(planted)].map((text): [string, () => Promise<unknown>] => [
      `Set-Cookie: ${JSON.stringify(text).replace(/cs1\.[^;]*|eyJ[^;]*/, '…')}`,
      () => setByAnswer(sites, sibling, text),
    ]),
  ]

  await test.test('a cookie that the page sets is not accepted', async (t) => {
    let arrived = 0
    for (const [how, toss] of tosses) {
      await toss()
      const [me] = await callFrom(app, 'GET', '/auth/me')
      t.match(me, { email: 'ada@example.com' }, `${how}: the victim is who they were`)
      await expireAccess(context, sites)
      const before = await dump(sites.node)
      const [refreshed] = await callFrom(app, 'POST', '/auth/refresh')
      t.match(refreshed, { user: { email: 'ada@example.com' } }, 'and is after a refresh')
      const { users, sessions } = await dump(sites.node)
      t.same([users, sessions.slice(0, -1)], [before.users, before.sessions.slice(0, -1)], 'and nothing else moved')
      if (sites.exchanges.at(-1)?.headers.cookie?.includes(planted.refresh)) arrived++
      await removeTossed()
    }
    t.ok(arrived > 0, `${arrived} of ${tosses.length} got as far as the server`)
  })

  await test.test('a cookie that the page sets is not accepted after a logout', async (t) => {
    await app.getByRole('button', { name: 'Log out' }).click()
    await asksIn(app)
    const before = await dump(sites.node)
    for (const [how, toss] of tosses) {
      await toss()
      await app.reload()
      await asksIn(app)
      t.same(await dump(sites.node), before, how)
      await removeTossed()
    }
    t.same(await cookiesOf(context, sites), [])
  })

  await test.test('a login succeeds although all those cookies are set', async (t) => {
    for (const [, toss] of tosses) await toss()
    await enter(app, 'Log in', 'ada@example.com')
    await greets(app, 'ada@example.com')
    const { sessions } = await dump(sites.node)
    t.same(
      sessions.map((session) => session['revoke_reason']),
      [null, null, 'logout', null],
      'and ends no session of anybody',
    )
  })
})

type Planted = { access: string; refresh: string }

/** The tokens of the attacker's own login. */
async function attackersCookies({ node, origin }: Sites): Promise<Planted> {
  const headers = {
    'content-type': 'application/json',
    'x-auth-mode': 'cookie',
    origin: origin('app.example.test'),
  }
  const body = JSON.stringify(attacker)
  const answer = await fetch(`${node.baseUrl}/auth/login`, { method: 'POST', headers, body })
  const [access = '', refresh = ''] = lastOfEachName(answer.headers.getSetCookie()).map(
    (line) => line.split(/[=;]/)[1] ?? '',
  )
  return { access, refresh }
}

/** Cookies that a script may try to set. */
function* scripted({ access, refresh }: Planted): Generator<string> {
  for (const where of ['Domain=example.test; Path=/', 'Domain=example.test; Path=/auth', 'Path=/']) {
    for (const prefix of ['', '__Host-Http-', '__host-http-', '__Secure-']) {
      yield `${prefix}access=${access}; Secure; ${where}`
      yield `${prefix}refresh=${refresh}; Secure; ${where}`
    }
  }
  // A cookie without a name is sent as its value alone, which may look like a name and a value.
  yield `=__Host-Http-refresh=${refresh}; Secure; Domain=example.test; Path=/`
  yield `__Host-Http-refresh; Secure; Domain=example.test; Path=/`
  yield `\u2000__Host-Http-refresh=${refresh}; Secure; Domain=example.test; Path=/`
}

/** Cookies that a server may try to set. A header may hold bytes that some parsers take for white space. */
function* answered({ refresh }: Planted): Generator<string> {
  for (const blank of ['', '\xa0', '\x85', '\xef\xbb\xbf', '"'])
    yield `${blank}__Host-Http-refresh=${refresh}; Secure; HttpOnly; Domain=example.test; Path=/`
}

async function setByAnswer({ tossed }: Sites, page: Page, cookie: string): Promise<void> {
  tossed.splice(0, tossed.length, cookie)
  await page.evaluate(() => fetch('/toss').then((answer) => answer.status))
}
