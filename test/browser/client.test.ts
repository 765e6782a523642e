/** @countersign/client in five tabs of a real browser. */
/// <reference lib="dom" />

import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../setup/client.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { askWhoami, changesOf, openTab, serveClient, start, untilStatus } from './client-page.ts'
import { startSites } from './sites.ts'
import { dump, expireAccess } from './users.ts'

t.setTimeout(290_000)

const register = (page: Page, email: string) =>
  page.evaluate((account) => window.app.client.register(account), { email, password })
/** Lets the access token expire by the clock of the tab that does not jump. */
const expireIn = (page: Page) =>
  page.evaluate(() => {
    const now = performance.now.bind(performance)
    performance.now = () => now() + 600_000
  })

for (const storage of [undefined, 'indexedDbStorage', 'localStorageStorage'] as const) {
  await t.test(storage ? `bearer mode with ${storage}` : 'cookie mode', { skip }, async (test) => {
    const sites = await startSites(test)
    const { context, record } = await openBrowser(test, sites)
    await serveClient(context)
    const tabs: Page[] = []
    for (let i = 0; i < 5; i++) tabs.push(await openTab(context, sites, storage))
    const [first, second, third] = tabs as [Page, Page, Page, Page, Page]
    const email = 'ada@example.com'
    const refreshes = () =>
      sites.exchanges.filter(({ method, path }) => method === 'POST' && path === '/auth/refresh').length
    const generation = async () => Number((await dump(sites.node)).sessions.at(-1)?.['generation'])
    // A frozen tab answers nothing.
    let isFrozen = false
    const expire = async () => {
      if (storage) for (const tab of tabs.slice(isFrozen ? 1 : 0)) await expireIn(tab)
      else await expireAccess(context, sites)
    }

    await test.test('a sign-in in one tab is one in all', async (t) => {
      await register(first, email)
      for (const tab of tabs) {
        await untilStatus(tab, 'signed_in')
        t.same((await changesOf(tab)).splice(0, 2), ['signed_out', 'signed_in'])
        await tab.evaluate(() => window.app.changes.splice(0))
        t.equal(await tab.evaluate(() => window.app.client.state().user?.email), email)
      }
    })

    await test.test('five tabs whose access token has expired send one refresh', async (t) => {
      for (let round = 1; round <= 3; round++) {
        await expire()
        t.same(await Promise.all(tabs.map((tab) => askWhoami(tab, sites.api))), [200, 200, 200, 200, 200])
        t.equal(refreshes(), round)
        t.equal(await generation(), round)
      }
    })

    await test.test('a tab that is frozen in the middle of a refresh holds up no other', async (t) => {
      const devtools = await context.newCDPSession(first)
      await expire()
      sites.meet('/auth/refresh', 2)
      const sent = first.waitForRequest(
        (request) => request.method() === 'POST' && request.url().endsWith('/auth/refresh'),
      )
      const waiting = askWhoami(first, sites.api)
      await sent
      await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
      isFrozen = true
      t.equal(await askWhoami(second, sites.api), 200)
      await expire()
      t.equal(await askWhoami(third, sites.api), 200)
      await devtools.send('Page.setWebLifecycleState', { state: 'active' })
      isFrozen = false
      t.equal(await waiting, 200)
      for (const tab of tabs) t.notOk((await changesOf(tab)).includes('signed_out'))
    })

    await test.test('a reload goes on with the session', async (t) => {
      await first.reload()
      await start(first, sites.api, storage)
      t.equal(await first.evaluate(() => window.app.client.state().user?.email), email)
      t.equal(await askWhoami(first, sites.api), 200)
    })

    await test.test('the user changes in all tabs', async (t) => {
      await second.evaluate(() => window.app.client.api.updateMe({ name: 'Ada' }))
      for (const tab of tabs) await tab.waitForFunction(() => window.app.client.state().user?.name === 'Ada')
      t.equal(await second.evaluate(() => window.app.client.state().user?.name), 'Ada')
    })

    if (!storage) {
      await test.test('cookie mode stores no token and nothing about the user, and needs no storage', async (t) => {
        const stored = await first.evaluate(() => JSON.stringify(localStorage))
        t.notMatch(stored, /ada@|cs1\.|eyJ/)
        await first.evaluate(() => localStorage.clear())
        for (const tab of tabs) t.equal(await askWhoami(tab, sites.api), 200)
        for (const tab of tabs) t.notOk((await changesOf(tab)).includes('signed_out'))
      })
    }

    await test.test('a sign-out in one tab is one in all', async (t) => {
      await third.evaluate(() => window.app.client.signOut())
      for (const tab of tabs) await untilStatus(tab, 'signed_out')
      t.equal(await askWhoami(first, sites.api), 401)
    })

    await test.test('the console shows no error of the client', async (t) => {
      t.same(
        record.errors.filter((text) => !text.includes('401')),
        [],
      )
    })
  })
}
