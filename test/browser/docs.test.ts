/** The reference at /docs, as a new user tries it: in both modes, and without typing a token. */
/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { startNode } from '../setup/node.ts'
import { openBrowser, skip } from './chromium.ts'
import { tryOut } from './reference-page.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

await t.test('the reference page', { skip }, async (t) => {
  const port = await freePort()
  const baseUrl = `http://localhost:${port}`
  const { app } = await startNode(t, { port, env: { PUBLIC_URL: baseUrl } })
  const { context, record } = await openBrowser(t)
  const page = await context.newPage()
  const opened = await page.goto(`${baseUrl}/docs`)
  await page.getByText('/auth/login').first().waitFor()

  await t.test('loads nothing from other hosts, and lists every path', async (t) => {
    t.equal(opened?.status(), 200)
    const policy = opened?.headers()['content-security-policy'] ?? ''
    t.match(policy, /default-src 'none'/)
    t.notMatch(policy, /unsafe|https?:|\*|\.\w/, 'the policy names no other place')
    const { paths = {} } = app.swagger()
    t.same(await listedPaths(page), Object.keys(paths).toSorted())
  })

  for (const mode of ['bearer', 'cookie'] as const) {
    await t.test(`in ${mode} mode, a user registers, signs in, tries requests and signs out`, async (t) => {
      const email = `ada-${mode}@example.com`
      await page.getByRole('radio', { name: new RegExp(mode, 'i') }).check()
      await enter(page, 'Register', email)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByText('Signed out.').waitFor()
      t.match(await tryOut(page, 'whoami'), { status: '401' }, 'the requests are signed out too')

      await enter(page, 'Sign in', email)
      const about = page.getByText(`Signed in as ${email} in ${mode} mode.`)
      await about.waitFor()
      const whoami = await tryOut(page, 'whoami')
      t.match(whoami, { status: '200', body: { sub: String } })
      t.match(await tryOut(page, 'refresh'), { status: '200', body: { mode, expires_in: Number } })
      await page.getByRole('button', { name: 'Refresh', exact: true }).click()
      await page.getByText('Refreshed.').waitFor()
      const sessions = await tryOut(page, 'listSessions')
      t.match(sessions, { status: '200', body: { sessions: [{ current: true }] } })
      t.match(
        await tryOut(page, 'whoami'),
        { status: '200', body: { sid: whoami.body['sid'] } },
        'it is the same session',
      )

      t.match(await tryOut(page, 'logout'), { status: '204' })
      await page.getByRole('textbox', { name: 'Email' }).waitFor()
      t.match(await tryOut(page, 'whoami'), { status: '401' })
      t.same(await sessionCookies(), [], 'no cookie of the session is left')
    })
  }

  await t.test('the tokens of bearer mode are nowhere but in the memory of the page', async (t) => {
    await page.getByRole('radio', { name: /bearer/i }).check()
    await enter(page, 'Sign in', 'ada-bearer@example.com')
    await page.getByText('in bearer mode.').waitFor()
    const { status } = await tryOut(page, 'whoami')
    t.equal(status, '200')
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]))
    t.notMatch(kept, /eyJ|cs1\./)
    t.same(await sessionCookies(), [])
    await page.reload()
    await page.getByText('/auth/login').first().waitFor()
    t.match(await tryOut(page, 'whoami'), { status: '401' })
  })

  await t.test('in cookie mode, a page that is loaded again is still signed in', async (t) => {
    await page.getByRole('radio', { name: /cookie/i }).check()
    await enter(page, 'Sign in', 'ada-cookie@example.com')
    await page.getByText('Signed in as ada-cookie@example.com in cookie mode.').waitFor()
    await page.reload()
    await page.getByText('Signed in as ada-cookie@example.com in cookie mode.').waitFor()
    t.match(await tryOut(page, 'whoami'), { status: '200' })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Signed out.').waitFor()
    await page.reload()
    await page.getByRole('textbox', { name: 'Email' }).waitFor()
  })

  await t.test('a wrong password is explained', async () => {
    await enter(page, 'Sign in', 'nobody@example.com')
    await page.getByText('Email or password is wrong.').waitFor()
  })

  await t.test('names the cookies of this server', async (t) => {
    const document = await (await fetch(`${baseUrl}/docs/json`)).json()
    t.match(document.components.securitySchemes, {
      accessCookie: { name: `access-${port}` },
      refreshCookie: { name: `refresh-${port}` },
    })
  })

  t.same([...record.origins], [baseUrl], 'nothing was asked of another host')
  t.same(
    record.errors.filter((error) => !/status of 40[01]/.test(error)),
    [],
    'nothing went wrong on the page, nor against its policy',
  )

  async function sessionCookies() {
    const names = (await context.cookies()).map(({ name }) => name)
    return names.filter((name) => !name.startsWith('device'))
  }
})

async function listedPaths(page: Page): Promise<string[]> {
  const texts = await page.locator('.opblock-summary-path').allTextContents()
  // The page puts zero-width spaces between the segments of a path.
  return [...new Set(texts.map((text) => text.replaceAll('\u200b', '')))].toSorted()
}

async function enter(page: Page, button: 'Sign in' | 'Register', email: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Email' }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: button, exact: true }).click()
  if (button === 'Register') await page.getByText(`Signed in as ${email}`).waitFor()
}
