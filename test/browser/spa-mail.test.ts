/** Links and codes of mails in the sample app, which is the APP_URL of the server. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../setup/client.ts'
import { codeTo, mailsTo } from '../setup/read-mails.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, dump, enter, greets, openApp } from './users.ts'

t.setTimeout(120_000)

const email = 'ada@example.com'
const says = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor()
const confirm = (page: Page) => page.getByRole('button', { name: 'Confirm' }).click()

/** Fills in the form for a link or a code. */
async function fill(page: Page, fields: { Code?: string; 'New password'?: string }): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.locator('#mail').getByLabel(label).fill(value)
}

await t.test('mails and the sample app', { skip }, async (test) => {
  const sites = await startSites(test, { isAppUrl: true })
  const app = sites.origin('app.example.test')
  const { context, record } = await openBrowser(test, sites)
  const page = await openApp(context, app)
  const linkIn = async () => /^https:\S+$/m.exec((await mailsTo(sites.node, email))[0]?.text ?? '')?.[0] ?? ''
  const verified = async () => (await dump(sites.node)).users[0]?.['email_verified_at'] !== null
  /** Waits for the mail that an answer has caused. */
  const afterAnswers = () => sites.node.app.afterAnswers()

  await test.test(
    'a link to verify an address changes nothing until the user confirms, and then every tab knows',
    async (t) => {
      await enter(page, 'Register', email)
      await greets(page, email)
      await page.getByText('Your email address is not verified').waitFor()
      const link = await linkIn()
      t.match(link, `${app}/verify-email#token=`)
      const opened = await context.newPage()
      await opened.goto(link)
      await opened.getByRole('heading', { name: 'Confirm your email address' }).waitFor()
      t.equal(opened.url(), `${app}/`, 'the token is not in the address')
      t.equal(await verified(), false)
      await confirm(opened)
      await says(opened, 'Your address is confirmed')
      await greets(opened, email)
      t.equal(await verified(), true)
      await page.getByText('Your email address is not verified').waitFor({ state: 'hidden' })
      await opened.goto(link)
      await confirm(opened)
      await opened.getByRole('alert').getByText('has been used').waitFor()
      await opened.close()
    },
  )

  await test.test('a changed password signs out the other devices, and this one goes on', async () => {
    const phone = await openBrowser(test, sites)
    const there = await openApp(phone.context, app)
    await enter(there, 'Log in', email)
    await greets(there, email)
    await page.getByRole('button', { name: 'Password' }).click()
    const form = page.locator('#password')
    await form.getByLabel('Current password').fill('not the password')
    await form.getByLabel('New password').fill('a second password')
    await form.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('alert').getByText('wrong').waitFor()
    await form.getByLabel('Current password').fill(password)
    await form.getByRole('button', { name: 'Change' }).click()
    await says(page, 'Your password was changed')
    await page.reload()
    await greets(page, email)
    await there.getByRole('button', { name: 'Who am I?' }).click()
    await asksIn(there)
  })

  await test.test('a link sets a new password, which ends the session of this browser in every tab', async () => {
    const link = async () => {
      await fetch(`${sites.node.baseUrl}/auth/password/forgot`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      })
      await afterAnswers()
      return linkIn()
    }
    const opened = await context.newPage()
    await opened.goto(await link())
    await fill(opened, { 'New password': 'a third password' })
    await confirm(opened)
    await says(opened, 'Your password was changed')
    await asksIn(opened)
    await asksIn(page)
    await enter(opened, 'Log in', email, 'a third password')
    await greets(opened, email)
    await greets(page, email)
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(opened)
    await opened.close()
  })

  await test.test('a code sets a new password', async () => {
    // A second mail within a minute is not sent.
    await sites.node.database.pool.query(`UPDATE one_time_tokens SET created_at = created_at - interval '1 hour'`)
    await page.locator('#entry').getByLabel('Email').fill(email)
    await page.getByRole('button', { name: 'Forgot the password?' }).click()
    await says(page, 'If there is an account')
    await afterAnswers()
    const code = await codeTo(sites.node, email)
    const wrong = code === '000000' ? '111111' : '000000'
    await fill(page, { Code: wrong, 'New password': 'a fourth password' })
    await confirm(page)
    await page.getByRole('alert').getByText('code').waitFor()
    await fill(page, { Code: code })
    await confirm(page)
    await says(page, 'Your password was changed')
    await enter(page, 'Log in', email, 'a fourth password')
    await greets(page, email)
  })

  await test.test('a code verifies the address', async (t) => {
    await page.getByRole('button', { name: 'Log out' }).click()
    const other = 'grace@example.com'
    await enter(page, 'Register', other)
    await greets(page, other)
    await page.getByRole('button', { name: 'Send a code' }).click()
    await page.getByRole('heading', { name: 'Confirm your email address' }).waitFor()
    await afterAnswers()
    await fill(page, { Code: await codeTo(sites.node, other) })
    await confirm(page)
    await says(page, 'Your address is confirmed')
    await page.getByText('Your email address is not verified').waitFor({ state: 'hidden' })
    t.notOk((await dump(sites.node)).users.some((row) => row['email_verified_at'] === null))
  })

  test.notMatch(
    sites.exchanges.map(({ path, headers }) => `${path} ${headers.referer}`).join('\n'),
    /token=/,
    'no token is in an address or a Referer',
  )
  const unexpected = record.errors.filter((error) => !/responded with a status of 40[0139]/.test(error))
  test.same(unexpected, [], 'nothing went wrong on the page, nor against its policy')
})

await t.test('with SIGNUP=verified, a code opens the account', { skip }, async (test) => {
  const sites = await startSites(test, { env: { SIGNUP: 'verified' }, isAppUrl: true })
  const { context } = await openBrowser(test, sites)
  const page = await openApp(context, sites.origin('app.example.test'))
  await enter(page, 'Register', email)
  await says(page, 'Look in your mailbox')
  await sites.node.app.afterAnswers()
  await fill(page, { Code: await codeTo(sites.node, email) })
  await confirm(page)
  await says(page, 'You can log in')
  await enter(page, 'Log in', email)
  await greets(page, email)
})
