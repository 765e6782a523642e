/** Signing in by mail in the sample app, which is the APP_URL of the server: by code, and by link in the same and in another browser. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { codeTo, mailsTo } from '../setup/read-mails.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { startSites } from './sites.ts'
import { asksIn, enter, greets, openApp } from './users.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

const email = 'ada@example.com'

await t.test('sign-in by mail in the sample app', { skip }, async (test) => {
  const sites = await startSites(test, { isAppUrl: true })
  const app = sites.origin('app.example.test')
  const [desk, phone] = [await openBrowser(test, sites), await openBrowser(test, sites)]
  const page = await openApp(desk.context, app)
  const number = (on: Page) => on.locator('#number strong').innerText()
  const approve = (on: Page) => on.getByRole('button', { name: 'Yes, log in' }).click()

  /** Asks for a mail. Returns its link. */
  async function ask(): Promise<string> {
    await page.locator('#entry').getByLabel('Email').fill(email)
    await page.getByRole('button', { name: 'Mail me a code' }).click()
    await page.getByRole('heading', { name: 'Look in your mailbox' }).waitFor()
    await sites.node.app.afterAnswers()
    return /^https:\S+$/m.exec((await mailsTo(sites.node, email))[0]?.text ?? '')?.[0] ?? ''
  }
  async function logOut(): Promise<void> {
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    // A mailbox gets few mails in a short time.
    await sites.node.database.pool.query(`UPDATE one_time_tokens SET created_at = created_at - interval '1 hour'`)
  }

  await enter(page, 'Register', email)
  await greets(page, email)
  await logOut()

  await test.test('the code of the mail signs in', async () => {
    await ask()
    await page
      .locator('#proof')
      .getByLabel('Code')
      .fill(await codeTo(sites.node, email))
    await page.locator('#proof').getByRole('button', { name: 'Confirm' }).click()
    await greets(page, email)
    await logOut()
  })

  await test.test('the link signs in the tab that asked, when the user confirms', async (t) => {
    const tab = await desk.context.newPage()
    await tab.goto(await ask())
    await tab.getByText('This browser asked for it.').waitFor()
    t.equal(tab.url(), `${app}/`, 'the token is not in the address')
    await approve(tab)
    await greets(page, email)
    await greets(tab, email)
    const approvals = sites.exchanges.filter(({ method, path }) => method === 'POST' && path.endsWith('/approve'))
    t.equal(approvals.length, 1, 'only the button approved it')
    await tab.close()
    await logOut()
  })

  await test.test('on another device the link asks for the number', async (t) => {
    const link = await ask()
    const there = await phone.context.newPage()
    await there.goto(link)
    await there.getByText('asked for it.').waitFor()
    const right = await number(page)
    await there.getByLabel('Number on that device').fill(right === '10' ? '11' : '10')
    await approve(there)
    await there.getByRole('alert').getByText(/\w/).waitFor()
    t.notOk(await page.locator('#account').isVisible())
    await there.getByLabel('Number on that device').fill(right)
    await approve(there)
    await greets(page, email)
    await asksIn(there)
  })
})
