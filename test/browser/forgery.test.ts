/** A page of another site in the browser of a signed-in user changes nothing. */
import type { BrowserContext } from 'playwright-core'
import t from 'tap'
import { call } from '../setup/client.ts'
import { attackAll, attacker } from './attacks.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { type Sites, startSites } from './sites.ts'
import { callFrom, cookiesOf, dump, enter, greets, openApp } from './users.ts'

t.setTimeout(290_000)

const ours = /__Host-Http-(access|refresh)=/

await t.test('from another site, with third-party cookies allowed', { skip }, async (test) => {
  const sites = await startSites(test)
  const { context } = await openBrowser(test, { ...sites, thirdPartyCookies: 'allowed' })
  await call(`${sites.node.baseUrl}/auth/register`, { body: attacker })
  const app = await openApp(context, sites.origin('app.example.test'))
  await app.goto(`${sites.api}/control`)
  await app.goto(sites.origin('app.example.test'))
  await enter(app, 'Register', 'ada@example.com')
  await greets(app, 'ada@example.com')
  const evil = await context.newPage()
  await evil.goto(sites.origin('evil.test'))

  await test.test('the browser sends the cookies that other sites may send', async (t) => {
    await evil.evaluate((url) => navigator.sendBeacon(url), `${sites.api}/livez`)
    t.match((await sites.reached('/livez'))[0]?.headers, { cookie: 'control=1', 'sec-fetch-site': 'cross-site' })
  })

  await test.test('the browser does not send the cookies of the server from another site', async (t) => {
    const sent = await attackAll(t, { sites, context, page: evil })
    t.ok(sent.length > 40, `${sent.length} requests arrived`)
    t.same([...new Set(sent.map(({ headers }) => headers.cookie))], ['control=1'])
  })

  await test.test('cookies with SameSite=None are sent, and the gate refuses the request', async (t) => {
    await letTravel(context, sites)
    const sent = await attackAll(t, { sites, context, page: evil })
    for (const { method, path, headers, status, body } of sent) {
      t.match(headers.cookie, ours, `${method} ${path} came with the cookies`)
      t.equal(headers['sec-fetch-site'], 'cross-site')
      if (method !== 'GET') {
        t.match(
          { status, ...JSON.parse(body) },
          { status: 403, code: 'csrf_rejected', detail: /not one of SPA_ORIGINS/ },
        )
      }
    }
  })

  await test.test('a page of another site cannot read a response', async (t) => {
    const read = await evil.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          (answer) => answer.text(),
          () => 'refused',
        ),
      `${sites.api}/auth/me?read`,
    )
    t.match(await sites.reached('/auth/me?read'), [{ status: 200, headers: { cookie: ours } }])
    t.equal(read, 'refused')
  })

  await test.test('the same cookies are accepted from a listed page', async (t) => {
    const before = await dump(sites.node)
    await callFrom(app, 'POST', '/auth/refresh')
    t.notSame(await dump(sites.node), before)
  })

  await test.test('the page cannot log the user in to another account', async (t) => {
    await context.clearCookies({ name: /^__Host-Http-/ })
    await attackAll(t, { sites, context, page: evil })
    t.same(await cookiesOf(context, sites), [])
  })
})

/** The same cookies with SameSite=None. */
async function letTravel(context: BrowserContext, sites: Sites): Promise<void> {
  const kept = await cookiesOf(context, sites)
  const cookies = kept.map(({ name, value }) => ({ name, value, httpOnly: true, secure: true }))
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: sites.api, sameSite: 'None' as const })))
}
