/** One browser is signed in on the site of the server and on another site. Neither signs the other out, although both share the server's host. */
import t from 'tap'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { callFrom, cookiesOf, enter, expireAccess, greets, openApp } from './users.ts'

t.setTimeout(290_000)

for (const thirdPartyCookies of ['allowed', 'blocked'] as const) {
  await t.test(`two sites in a browser with third-party cookies ${thirdPartyCookies}`, { skip }, async (t) => {
    const sites = await startSites(t, {
      spaOrigins: (at) => [at('app.example.test'), `${at('partner.test')} cross-site`].join(),
    })
    const { context } = await openBrowser(t, { ...sites, thirdPartyCookies })
    const app = await openApp(context, sites.origin('app.example.test'))
    await enter(app, 'Register', 'grace@example.com')
    await greets(app, 'grace@example.com')
    const partner = await openApp(context, sites.origin('partner.test'))
    await enter(partner, 'Register', 'ada@example.com')
    await greets(partner, 'ada@example.com')

    for (const page of [partner, app]) {
      await callFrom(page, 'POST', '/auth/refresh')
      await expireAccess(context, sites)
      await callFrom(page, 'GET', '/auth/whoami')
    }
    await app.reload()
    await greets(app, 'grace@example.com')
    await partner.reload()
    await greets(partner, 'ada@example.com')

    await partner.getByRole('button', { name: 'Log out' }).click()
    await partner.locator('#entry').waitFor()
    await app.reload()
    await greets(app, 'grace@example.com')
    const left = await cookiesOf(context, sites)
    t.ok(
      left.length > 0 && left.every(({ partitionKey }) => partitionKey === undefined),
      'only those of the other site are gone',
    )
  })
}
