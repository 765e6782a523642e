/** The page for the link of a sign-in by mail: on another device, in the browser that asked, and for programs that check mail. */
/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import t from 'tap'
import { type Begun, beginWithMail, otherNumber } from '../factors/email-codes/mail-sign-in.ts'
import { register } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { startNode } from '../setup/node.ts'
import { linkTo } from '../setup/read-mails.ts'
import { findMistakes } from './axe.ts'
import { openBrowser, skip } from './chromium.ts'

t.setTimeout(290_000)

await t.test('the page of a sign-in by mail', { skip }, async (t) => {
  const port = await freePort()
  const base = `http://localhost:${port}`
  const node = await startNode(t, { port, env: { PUBLIC_URL: base, APP_NAME: 'Ada & Co' } })
  const { context, record } = await openBrowser(t)
  const ada = 'ada@example.com'
  await register(node.baseUrl, ada)
  const linkOf = (token: string) => `${base}/sign-in#token=${token}`
  const isApproved = async () =>
    (await node.database.pool.query('SELECT FROM signin_attempts WHERE approved_at IS NOT NULL')).rowCount !== 0
  const forget = () => node.database.pool.query('DELETE FROM signin_attempts')
  const says = (page: Page, words: string) => page.getByRole('status').getByText(words).waitFor()
  const numberOn = (page: Page) => page.getByLabel('Number that the device shows')
  const button = (page: Page) => page.getByRole('button', { name: 'Sign in' })

  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await t.test(`another device is approved with its number, at ${width} pixels, ${colorScheme}`, async (t) => {
      const page = await context.newPage()
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      const { token, number } = await beginWithMail(node, ada)
      await page.goto(linkOf(token))
      await button(page).waitFor()
      await page.getByText('A device asks to sign in to Ada & Co').waitFor()
      t.equal(await page.locator('#device').textContent(), 'An app')
      t.equal(await page.locator('#ip').textContent(), '127.0.0.1')
      t.match(await page.locator('#asked').textContent(), /^\d+ \w+ \d{4} at \d\d:\d\d$/)
      t.same((await findMistakes(page)).violations, {})
      t.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, 'nothing is cut off')
      const picture = process.env['PICTURES']
      if (picture) await page.screenshot({ path: `${picture}/sign-in-${width}.png` })
      t.notOk((await page.textContent('body'))?.includes(number), 'the number is not on the page')

      await numberOn(page).fill(otherNumber(number))
      await button(page).click()
      await says(page, 'not the number')
      t.notOk(await isApproved())
      await numberOn(page).fill(number)
      await button(page).click()
      await says(page, 'The device is being signed in')
      t.ok(await isApproved())
      t.equal(page.url(), `${base}/sign-in`, 'the token is gone from the address')
      await forget()
      await page.close()
    })
  }

  await t.test('the third wrong number ends the link', async (t) => {
    const page = await context.newPage()
    const { token, number } = await beginWithMail(node, ada)
    await page.goto(linkOf(token))
    for (let i = 1; i <= 3; i++) {
      const answered = page.waitForResponse(/approve/)
      await numberOn(page).fill(otherNumber(number, i))
      await button(page).click()
      await answered
    }
    await button(page).click()
    await says(page, 'no longer valid')
    t.notOk(await isApproved())
    await page.close()
  })

  await t.test('the browser that asked needs no number', async (t) => {
    const tab = await context.newPage()
    await tab.goto(base)
    const { number } = await tab.evaluate(async (email) => {
      const headers = { 'content-type': 'application/json', 'x-auth-mode': 'cookie' }
      const answer = await fetch('/auth/login/email', { method: 'POST', headers, body: JSON.stringify({ email }) })
      return (await answer.json()) as Begun
    }, ada)
    t.match(number, /^\d\d$/)
    await node.app.afterAnswers()
    const page = await context.newPage()
    await page.goto(linkOf(await linkTo(node, ada)))
    await page.getByText('You asked for it in this browser').waitFor()
    t.notOk(await numberOn(page).isVisible())
    t.notOk(await isApproved())
    await button(page).click()
    await says(page, 'Go back to the page where you sign in')
    t.ok(await isApproved())
    await forget()
  })

  await t.test('a program that opens links and runs scripts changes nothing', async (t) => {
    const { token, number } = await beginWithMail(node, ada)
    const state = async () =>
      (
        await node.database.pool.query(
          'SELECT a::text, o::text, c::text FROM signin_attempts a, one_time_tokens o, email_codes c',
        )
      ).rows
    const before = await state()
    for (const method of ['GET', 'HEAD']) t.equal((await fetch(linkOf(token), { method })).status, 200)
    const scanner = await context.newPage()
    await scanner.goto(linkOf(token))
    await button(scanner).waitFor()
    await scanner.waitForLoadState('networkidle')
    t.same(await state(), before)

    // Another one submits every form with something in each field, and presses every button.
    await scanner.evaluate(
      (guess) => {
        for (const input of document.querySelectorAll('input')) input.value = guess
        for (const form of document.querySelectorAll('form')) form.requestSubmit()
      },
      otherNumber(number, 7),
    )
    await says(scanner, 'not the number')
    await scanner.evaluate(() => {
      for (const input of document.querySelectorAll('input')) input.value = 'scan'
      for (const each of document.querySelectorAll('button')) each.click()
    })
    t.notOk(await isApproved())

    const page = await context.newPage()
    await page.goto(linkOf(token))
    await numberOn(page).fill(number)
    await button(page).click()
    await says(page, 'The device is being signed in')
    t.ok(await isApproved())
  })

  await t.test('an incomplete link, and a link with a script in it, do nothing', async () => {
    const page = await context.newPage()
    await page.goto(`${base}/sign-in`)
    await says(page, 'not complete')
    await page.goto(`${base}/sign-in?x=1#token=<img src=x onerror=alert(1)>`)
    await says(page, 'has been used, or it is no longer valid')
  })

  t.same([...record.origins], [base], 'nothing was asked of another host')
  t.same(
    record.errors.filter((error) => !/status of 400/.test(error)),
    [],
    'nothing went wrong on the page, nor against its policy',
  )
})
