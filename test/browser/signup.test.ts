/** SIGNUP=verified in the sample app: register, open the link from the mailbox, confirm, log in. */
import t from 'tap'
import { password } from '../setup/client.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, cookiesOf, dump, enter, greets, openApp } from './users.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

await t.test('the sample app with SIGNUP=verified', { skip }, async (test) => {
  const sites = await startSites(test, { env: { SIGNUP: 'verified' } })
  const { context } = await openBrowser(test, sites)
  const page = await openApp(context, sites.origin('app.example.test'))
  const email = 'ada@example.com'
  const lookInMailbox = page.getByRole('status').getByText('Look in your mailbox')

  await test.test('after a registration the app says to look in the mailbox, and nobody is logged in', async (t) => {
    await enter(page, 'Register', email)
    await lookInMailbox.waitFor()
    await page.getByRole('heading', { name: 'Open your account' }).waitFor()
    t.notOk(await page.getByRole('heading', { name: /^Hello/ }).isVisible())
    t.same(await cookiesOf(context, sites), [])
  })

  await test.test('before the link is opened, the error of a login says what may be missing', async (t) => {
    await page.getByRole('button', { name: 'Back' }).click()
    await asksIn(page)
    await enter(page, 'Log in', email)
    await page.getByRole('alert').getByText('not verified yet').waitFor()
    t.notOk(await lookInMailbox.isVisible())
  })

  await test.test('the link opens the account once, and then the user can log in', async (t) => {
    const link = /^https:\S+$/m.exec((await mailsTo(sites.node, email))[0]?.text ?? '')?.[0] ?? ''
    const opened = await context.newPage()
    await opened.goto(link)
    t.same((await dump(sites.node)).users, [], 'looking at it opens nothing')
    await opened.getByLabel('Password', { exact: true }).fill('another password')
    await opened.getByRole('button', { name: 'Open the account' }).click()
    await opened.getByText('Nobody registered this email with this password').waitFor()
    await opened.getByLabel('Password', { exact: true }).fill(password)
    await opened.getByRole('button', { name: 'Open the account' }).click()
    await opened.getByText('You can sign in').waitFor()
    await opened.goto(link)
    await opened.getByLabel('Password', { exact: true }).fill(password)
    await opened.getByRole('button', { name: 'Open the account' }).click()
    await opened.getByText('has been used').waitFor()
    t.notOk(await opened.getByRole('button').isVisible(), 'and there is nothing left to press')
    await enter(page, 'Log in', email)
    await greets(page, email)
  })

  await test.test('a user who wants another password sets it with the link', async (t) => {
    const other = 'bob@example.com'
    const register = await fetch(`${sites.node.baseUrl}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: other, password }),
    })
    t.equal(register.status, 202)
    const opened = await context.newPage()
    await opened.goto(/^https:\S+$/m.exec((await mailsTo(sites.node, other))[0]?.text ?? '')?.[0] ?? '')
    await opened.getByLabel('Password', { exact: true }).fill('quite another sentence')
    await opened.getByLabel('This is another password').check()
    await opened.getByRole('button', { name: 'Open the account' }).click()
    await opened.getByText('You can sign in').waitFor()
    const login = await fetch(`${sites.node.baseUrl}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: other, password: 'quite another sentence' }),
    })
    t.equal(login.status, 200)
  })
})
