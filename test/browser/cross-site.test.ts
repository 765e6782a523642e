/** An app on another site than its server works only if its origin is marked cross-site. */
import t from 'tap'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, callFrom, cookiesOf, dump, enter, expireAccess, greets, openApp } from './users.ts'

t.setTimeout(290_000)

await t.test('an app on another site, in a browser that blocks third-party cookies', { skip }, async (test) => {
  const sites = await startSites(test, {
    spaOrigins: (at) => [at('app.example.test'), `${at('partner.test')} cross-site`, at('halfway.test')].join(),
  })
  const { context } = await openBrowser(test, { ...sites, thirdPartyCookies: 'blocked' })
  const partner = await openApp(context, sites.origin('partner.test'))
  const session = async () => (await dump(sites.node)).sessions.at(-1)
  const lastRefresh = () => sites.exchanges.findLast(({ path }) => path === '/auth/refresh')

  await test.test('with a cross-site origin, a user registers, reloads and stays logged in', async (t) => {
    await enter(partner, 'Register', 'ada@example.com')
    await greets(partner, 'ada@example.com')
    await partner.reload()
    await greets(partner, 'ada@example.com')
    t.match(await session(), { mode: 'cookie', generation: 0 })
    t.equal(sites.exchanges.at(-1)?.headers['sec-fetch-site'], 'cross-site', 'and it is another site')
  })

  await test.test('the cookies are partitioned by that site', async (t) => {
    const cookie = { partitionKey: 'https://partner.test', sameSite: 'None', secure: true, httpOnly: true }
    t.match(await cookiesOf(context, sites), [
      { name: '__Host-Http-access', ...cookie },
      { name: '__Host-Http-refresh', ...cookie },
    ])
  })

  await test.test('an expired access token is refreshed', async (t) => {
    await expireAccess(context, sites)
    await partner.getByRole('button', { name: 'Who am I?' }).click()
    await partner.getByText('"auth_time"').waitFor()
    t.match(lastRefresh(), { status: 200 })
    t.match(await session(), { generation: 1 })
    await callFrom(partner, 'POST', '/auth/refresh')
    t.match(await session(), { generation: 2, revoked_at: null })
  })

  await test.test('on the site of the server the same browser is not logged in, and gets strict cookies', async (t) => {
    const app = await openApp(context, sites.origin('app.example.test'))
    await asksIn(app)
    await enter(app, 'Register', 'grace@example.com')
    await greets(app, 'grace@example.com')
    const own = (await cookiesOf(context, sites)).filter(({ partitionKey }) => partitionKey === undefined)
    t.match(own, [{ sameSite: 'Strict' }, { sameSite: 'Strict' }])
    await partner.reload()
    await greets(partner, 'ada@example.com')
    await app.reload()
    await greets(app, 'grace@example.com')
    await app.getByRole('button', { name: 'Log out' }).click()
    await asksIn(app)
  })

  await test.test('a framed page of a third site cannot use the cookies', async (t) => {
    const page = await context.newPage()
    await page.goto(`${sites.origin('partner.test')}/empty`)
    const frame = async (url: string) => {
      const loaded = page.waitForEvent('framenavigated', (one) => one.url() === url)
      await page.evaluate((src) => document.body.append(Object.assign(document.createElement('iframe'), { src })), url)
      return loaded
    }
    const advert = await frame(`${sites.origin('evil.test')}/`)
    const before = { ...(await dump(sites.node)), cookies: await cookiesOf(context, sites) }
    await advert.evaluate((url) => navigator.sendBeacon(url), `${sites.api}/auth/logout?framed`)
    const sent = await sites.reached('/auth/logout?framed')
    t.match(sent, [{ status: 403, headers: { cookie: '__Host-Http-refresh=' } }], 'they came, and were not enough')
    t.same({ ...(await dump(sites.node)), cookies: await cookiesOf(context, sites) }, before)
    await page.close()
  })

  await test.test('a logout clears the cookies', async (t) => {
    await partner.getByRole('button', { name: 'Log out' }).click()
    await asksIn(partner)
    t.same(await cookiesOf(context, sites), [])
    t.match((await dump(sites.node)).sessions[0], { revoke_reason: 'logout' })
    await enter(partner, 'Log in', 'ada@example.com')
    await greets(partner, 'ada@example.com')
  })

  for (const { host, told } of [
    { host: 'halfway.test', told: 'The page is on another site than this server.' },
    { host: 'stranger.test', told: 'among its SPA_ORIGINS?' },
  ]) {
    await test.test(
      `at ${host}, which is ${host === 'halfway.test' ? 'listed as same-site' : 'not listed'}, it does not work`,
      async (t) => {
        const before = { ...(await dump(sites.node)), cookies: await cookiesOf(context, sites) }
        const page = await context.newPage()
        await page.goto(sites.origin(host))
        // Whether a user is signed in may be asked from any listed page. The cookies are not sent with it.
        if (host === 'halfway.test') await asksIn(page)
        else await page.locator('#error').getByText(told).waitFor()
        for (const button of ['Register', 'Log in'] as const) {
          await page.evaluate(() => document.getElementById('entry')?.removeAttribute('hidden'))
          await enter(page, button, button === 'Register' ? 'eve@example.com' : 'ada@example.com')
          await page.locator('#error').getByText(told).waitFor()
        }
        t.same({ ...(await dump(sites.node)), cookies: await cookiesOf(context, sites) }, before, 'nothing has changed')
        await page.close()
      },
    )
  }
})
