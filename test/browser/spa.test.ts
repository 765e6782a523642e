/** Cookie mode in the sample app, on the same site as the server. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, callFrom, cookiesOf, dump, enter, expireAccess, greets, openApp, settled } from './users.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

await t.test('the sample app on the site of its server', { skip }, async (test) => {
  const sites = await startSites(test)
  const { context, record } = await openBrowser(test, sites)
  const app = sites.origin('app.example.test')
  const page = await openApp(context, app)
  const session = async () => (await dump(sites.node)).sessions.at(-1)
  const generation = async () => Number((await session())?.['generation'])

  await test.test('a user registers, reloads and is still logged in', async (t) => {
    await enter(page, 'Register', 'ada@example.com')
    await greets(page, 'ada@example.com')
    await page.reload()
    await greets(page, 'ada@example.com')
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await page.getByText('"auth_time"').waitFor()
    t.match(await session(), { mode: 'cookie', generation: 0, revoked_at: null })
  })

  await test.test('the cookies have the strictest attributes', async (t) => {
    const kept = await cookiesOf(context, sites)
    const strict = { path: '/', httpOnly: true, secure: true, sameSite: 'Strict' }
    t.match(kept, [
      { name: '__Host-Http-access', ...strict },
      { name: '__Host-Http-refresh', ...strict },
    ])
    t.notOk(kept.some(({ partitionKey }) => partitionKey))
    const device = (await context.cookies()).filter(({ name }) => name === '__Host-Http-device')
    t.match(device, [{ ...strict, value: /^cd1\./ }], 'as is the one that the device is known by')
  })

  await test.test('no script can read the cookies, also not on a page of the server', async (t) => {
    const own = await context.newPage()
    for (const address of [`${app}/empty`, `${sites.api}/livez`]) {
      await own.goto(address)
      const seen = await own.evaluate(async () => [document.cookie, await cookieStore.getAll()])
      t.same(seen, ['', []], address)
    }
    t.match((await sites.reached('/livez'))[0]?.headers.cookie, '__Host-Http-refresh=', 'although they were there')
    await own.close()
  })

  await test.test('no response has a token in its body', async (t) => {
    const tokens = (await cookiesOf(context, sites)).map(({ value }) => value)
    t.equal(tokens.length, 2)
    for (const { path, body } of sites.exchanges) {
      t.notMatch(body, /"(access|refresh|device)_token"/, path)
      t.notOk(tokens.some((token) => body.includes(token)))
    }
  })

  await test.test('an expired access token causes one refresh for all calls of a tab', async (t) => {
    await expireAccess(context, sites)
    const from = sites.exchanges.length
    sites.meet('/auth/whoami', 5)
    // Chromium sends one of several requests for the same URL, and lets the others wait for its response.
    await callFrom(page, 'GET', ...Array.from({ length: 5 }, (_, i) => `/auth/whoami?${i}`))
    const since = sites.exchanges.slice(from).filter(({ method }) => method !== 'OPTIONS')
    t.equal(since.filter(({ path }) => path === '/auth/refresh').length, 1)
    t.equal(since.filter(({ status }) => status === 401).length, 5, 'each call was refused first')
    t.equal(
      since.filter(({ path, status }) => path.startsWith('/auth/whoami') && status === 200).length,
      5,
      'then answered',
    )
    t.equal(await generation(), 1)
  })

  await test.test('a refresh sets another pair of cookies', async (t) => {
    const values = async () => (await cookiesOf(context, sites)).map(({ value }) => value)
    const before = await values()
    await callFrom(page, 'POST', '/auth/refresh')
    t.equal(await generation(), 2)
    t.notOk((await values()).some((value) => before.includes(value)))
  })

  const askBoth = async (tabs: Page[]) => {
    for (const tab of tabs) {
      await tab.reload()
      await greets(tab, 'ada@example.com')
    }
    await expireAccess(context, sites)
    await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Who am I?' }).click()))
    for (const tab of tabs) await tab.getByText('"auth_time"').waitFor()
  }

  await test.test('two tabs that find an expired token refresh it once', async (t) => {
    const other = await openApp(context, app)
    await askBoth([page, other])
    t.match(await session(), { generation: 3, last_outcome: 'rotated', revoked_at: null })
    await other.close()
  })

  await test.test('in a browser without Web Locks, two tabs that refresh at once both stay logged in', async (t) => {
    const [one, other] = [await context.newPage(), await context.newPage()]
    for (const tab of [one, other]) {
      await tab.addInitScript(() => Object.defineProperty(navigator, 'locks', { value: undefined }))
      await tab.goto(app)
    }
    sites.meet('/auth/refresh', 2)
    await askBoth([one, other])
    t.match(
      await session(),
      { generation: 4, last_outcome: 'replayed', revoked_at: null },
      'one of them moved the session',
    )
    for (const tab of [one, other]) {
      await expireAccess(context, sites)
      await tab.reload()
      await greets(tab, 'ada@example.com')
    }
    t.match(await session(), { generation: 6, revoked_at: null }, 'and both hold what comes next')
    await one.close()
    await other.close()
  })

  await test.test('a new name is seen in every tab', async () => {
    const other = await openApp(context, app)
    await page.getByLabel('Name').fill('Ada Lovelace')
    await page.getByRole('button', { name: 'Rename' }).click()
    await greets(page, 'Ada Lovelace')
    await greets(other, 'Ada Lovelace')
    await other.close()
  })

  await test.test('the server refuses form requests also from a page of the app', async (t) => {
    const other = await context.newPage()
    await other.goto(`${app}/empty`)
    const before = await dump(sites.node)
    const send = (headers: Record<string, string>) =>
      other.evaluate(
        async ([url, given]) => {
          const answer = await fetch(url, { method: 'POST', credentials: 'include', headers: given, body: '{}' })
          return (await answer.json()).detail
        },
        [`${sites.api}/auth/logout`, headers] as const,
      )
    t.match(await send({ 'content-type': 'application/json' }), 'Send the header "X-Auth-Mode: cookie"')
    t.match(await send({ 'x-auth-mode': 'cookie' }), 'Send the body as application/json')
    t.same(await dump(sites.node), before)
    await other.close()
  })

  await test.test('while the server cannot be reached, the app says so and stays logged in', async (t) => {
    const refreshes = () => sites.exchanges.filter(({ path }) => path === '/auth/refresh').length
    const before = refreshes()
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await page.getByText('The server cannot be reached. You stay logged in.').waitFor()
    await greets(page, 'Ada Lovelace')
    await context.setOffline(false)
    await page.locator('#offline').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Who am I?' }).click()
    await page.getByText('"auth_time"').waitFor()
    t.equal(refreshes(), before)
  })

  await test.test('a logout in one tab logs out the other, and clears the cookies', async (t) => {
    const other = await openApp(context, app)
    await greets(other, 'Ada Lovelace')
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    await asksIn(other)
    t.same(await cookiesOf(context, sites), [])
    t.match(await session(), { revoke_reason: 'logout' })
    await other.reload()
    await asksIn(other)
    await other.close()
  })

  await test.test(
    'after a wrong password the app shows the error of the server, and the right one logs in',
    async (t) => {
      await enter(page, 'Log in', 'ada@example.com', 'not the password')
      await page.getByText('Email or password is wrong.').waitFor()
      const refreshes = () => sites.exchanges.filter(({ path }) => path === '/auth/refresh').length
      const before = refreshes()
      await enter(page, 'Log in', 'ada@example.com')
      await greets(page, 'Ada Lovelace')
      t.equal(refreshes(), before, 'and no refresh was tried')
    },
  )

  await test.test('after the session was ended elsewhere, the app shows the login form', async () => {
    await sites.node.database.pool.query(`UPDATE sessions SET revoked_at = now(), revoke_reason = 'logout'`)
    await page.reload()
    await settled(page)
    await asksIn(page)
  })

  test.same([...record.origins].toSorted(), [sites.api, app].toSorted(), 'the page asked nobody else')
  const unexpected = record.errors.filter(
    (error) => !/responded with a status of 40[13]|ERR_INTERNET_DISCONNECTED/.test(error),
  )
  test.same(unexpected, [], 'and nothing else went wrong on it')
})
