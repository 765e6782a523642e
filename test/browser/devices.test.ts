/** The list of devices in the sample app, in two browsers of one user, in cookie mode. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { call, password } from '../setup/client.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, cookiesOf, dump, enter, greets, openApp } from './users.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

await t.test('devices in the sample app', { skip }, async (test) => {
  const sites = await startSites(test)
  const [desk, phone] = [await openBrowser(test, sites), await openBrowser(test, sites)]
  const app = sites.origin('app.example.test')
  const email = 'ada@example.com'
  const [here, there] = [await openApp(desk.context, app), await openApp(phone.context, app)]
  const show = (page: Page) => page.getByRole('button', { name: 'Devices' }).click()
  const entries = (page: Page) => page.getByRole('region', { name: 'Devices' }).getByRole('listitem')
  const listed = async (page: Page, count: number) => {
    await entries(page)
      .nth(count - 1)
      .waitFor()
    await entries(page).nth(count).waitFor({ state: 'detached' })
    return entries(page).allInnerTexts()
  }
  const othersButton = (page: Page) => page.getByRole('button', { name: 'Sign out all others' })
  const reasons = async () => (await dump(sites.node)).sessions.map((row) => row['revoke_reason'])

  await test.test('a user sees every device, and the current one is marked', async (t) => {
    await enter(here, 'Register', email)
    await greets(here, email)
    await show(here)
    t.match(await listed(here, 1), [/Chrome.* on Linux\s+this device · 127\.0\.0\.1/])
    t.notOk(await othersButton(here).isVisible(), 'with no other there is none to sign out')
    await enter(there, 'Log in', email)
    await greets(there, email)
    await show(here)
    t.match(await listed(here, 2), [/this device/, /last used/])
    await show(there)
    t.match(await listed(there, 2), [/this device/, /last used/])
  })

  await test.test('a user signs out one device from the other, which then shows the login form', async (t) => {
    await entries(here).nth(1).getByRole('button', { name: 'Sign out' }).click()
    t.match(await listed(here, 1), [/this device/])
    t.same(await reasons(), [null, 'signed_out'])
    await there.getByRole('button', { name: 'Who am I?' }).click()
    await asksIn(there)
    t.equal((await cookiesOf(desk.context, sites)).length, 2, 'whoever signs out another keeps their cookies')
    await here.reload()
    await greets(here, email)
  })

  await test.test('a user signs out all other devices, apps too, and stays signed in', async (t) => {
    const token = String(
      (await call(`${sites.node.baseUrl}/auth/login`, { body: { email, password } })).body['access_token'],
    )
    await enter(there, 'Log in', email)
    await greets(there, email)
    await show(here)
    await listed(here, 3)
    await othersButton(here).click()
    t.match(await listed(here, 1), [/this device/])
    t.same(await reasons(), [null, 'signed_out', 'signed_out', 'signed_out'])
    t.equal((await call(`${sites.node.baseUrl}/auth/whoami`, { token })).status, 401)
    await there.reload()
    await asksIn(there)
  })

  await test.test(
    'signing out the current device clears its cookies, and every tab shows the login form',
    async (t) => {
      const tab = await openApp(desk.context, app)
      await greets(tab, email)
      await show(here)
      await entries(here).first().getByRole('button', { name: 'Sign out' }).click()
      await asksIn(here)
      await asksIn(tab)
      t.same(await cookiesOf(desk.context, sites), [])
      t.notOk((await reasons()).includes(null))
    },
  )

  for (const { record } of [desk, phone]) {
    test.same([...record.origins].toSorted(), [sites.api, app].toSorted(), 'the page asked nobody else')
    const unexpected = record.errors.filter((error) => !/responded with a status of 401/.test(error))
    test.same(unexpected, [], 'and nothing else went wrong on it')
  }
})
