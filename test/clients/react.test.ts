/** The example with React 19: built by Vite, beside a real server, in Chromium. `npm run test:client` has built the client. */
import t from 'tap'
import { skip } from '../browser/authority.ts'
import { openBrowser } from '../browser/chromium.ts'
import { addAuthenticator, offersInFields } from '../browser/passkey-page.ts'
import { startSites } from '../browser/sites.ts'
import { asksIn, cookiesOf, dump, enter, expireAccess, greets, openApp } from '../browser/users.ts'
import { call } from '../setup/client.ts'
import { codeTo, mailsTo } from '../setup/read-mails.ts'
import { codeFrom, forgetSteps } from '../setup/totp.ts'
import { installExample } from './example.ts'
import { build } from './react/build.ts'
import { testDevelopment } from './react/dev.ts'
import { testRendering, testSize } from './react/rendering.ts'
import { serveBuild } from './react/serve-build.ts'

t.setTimeout(240_000)

const email = 'ada@example.com'
const example = installExample('react', ['client'])

await t.test('the example with React', { skip }, async (test) => {
  const built = async (api: string) => {
    const { folder, said } = await build(test, await example, api)
    test.comment(said)
    return folder
  }
  const sites = await startSites(test, { isAppUrl: true, app: (api) => serveBuild(api, built(api)) })
  const { context, record } = await openBrowser(test, sites)
  const app = sites.origin('app.example.test')
  const page = await openApp(context, app)
  const count = (path: string) => sites.exchanges.filter((one) => one.path === path && one.method !== 'OPTIONS').length
  const linkIn = async () => /^https:\S+$/m.exec((await mailsTo(sites.node, email))[0]?.text ?? '')?.[0] ?? ''
  const confirm =
    (newPassword?: string) =>
    async (on = page) => {
      if (newPassword) await on.locator('#mail').getByLabel('New password').fill(newPassword)
      await on.getByRole('button', { name: 'Confirm' }).click()
    }

  await test.test('the app asks once who is signed in, also in StrictMode', async (t) => {
    t.equal(count('/auth/session'), 1)
    t.equal(count('/auth/refresh'), 0)
  })

  await test.test('a user registers, reloads, and is still signed in, in two tabs', async (t) => {
    await enter(page, 'Register', email)
    await greets(page, email)
    await page.reload()
    await greets(page, email)
    await expireAccess(context, sites)
    const other = await openApp(context, app)
    await greets(other, email)
    t.equal(count('/auth/refresh'), 1)
    t.equal(count('/auth/register'), 1)
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    await asksIn(other)
    t.same(await cookiesOf(context, sites), [])
    await enter(other, 'Log in', email)
    await greets(page, email)
    await other.close()
  })

  await test.test('a session that was ended elsewhere shows the login form', async () => {
    await sites.node.database.pool.query(`UPDATE sessions SET revoked_at = now(), revoke_reason = 'logout'`)
    await page.getByRole('button', { name: 'Devices' }).click()
    await asksIn(page)
    await enter(page, 'Log in', email)
    await greets(page, email)
    await page.getByRole('button', { name: 'Devices' }).click()
    await page.getByText('this device').waitFor()
  })

  await test.test('without a network the app says so, and the user stays signed in', async () => {
    await context.setOffline(true)
    await page.getByRole('button', { name: 'Send a code' }).click()
    await page.getByText('The server cannot be reached. You stay logged in.').waitFor()
    await greets(page, email)
    await context.setOffline(false)
    await page.getByText('The server cannot be reached').waitFor({ state: 'detached' })
  })

  await test.test('a link verifies the address, and the other tab shows it', async () => {
    await page.getByText('Your email address is not verified').waitFor()
    const opened = await context.newPage()
    await opened.goto(await linkIn())
    await confirm()(opened)
    await opened.getByText('Your address is confirmed').waitFor()
    await page.getByText('Your email address is not verified').waitFor({ state: 'detached' })
    await opened.close()
  })

  await test.test('a changed password', async () => {
    await page.getByRole('button', { name: 'Password' }).click()
    const form = page.locator('#password')
    await form.getByLabel('Current password').fill('correct horse battery staple')
    await form.getByLabel('New password').fill('a second password')
    await form.getByRole('button', { name: 'Change' }).click()
    await page.getByText('All other devices are signed out').waitFor()
    await page.reload()
    await greets(page, email)
  })

  await test.test('a link sets a new password, which signs out every tab; a code sets another', async (t) => {
    await call(`${sites.node.baseUrl}/auth/password/forgot`, { body: { email } })
    await sites.node.app.afterAnswers()
    const opened = await context.newPage()
    await opened.goto(await linkIn())
    await confirm('a third password')(opened)
    await opened.getByText('Your password was changed').waitFor()
    await asksIn(opened)
    await asksIn(page)
    await sites.node.database.pool.query(`UPDATE one_time_tokens SET created_at = created_at - interval '1 hour'`)
    await page.locator('#entry').getByLabel('Email').fill(email)
    await page.getByRole('button', { name: 'Forgot the password?' }).click()
    await page.getByText('If there is an account').waitFor()
    await sites.node.app.afterAnswers()
    await page
      .locator('#mail')
      .getByLabel('Code')
      .fill(await codeTo(sites.node, email))
    await confirm('a fourth password')()
    await page.getByText('Your password was changed').waitFor()
    await enter(page, 'Log in', email, 'a fourth password')
    await greets(page, email)
    t.equal((await dump(sites.node)).users.length, 1)
  })

  await test.test('a user adds an authenticator app, and the next sign-in asks for its code', async (t) => {
    await page.getByRole('button', { name: 'Security' }).click()
    await page.getByRole('button', { name: 'Add an authenticator app' }).click()
    const secret = await page.locator('#key').innerText()
    const enterCode = async (form: string) => {
      await page.locator(form).getByLabel('Code').fill(codeFrom(secret))
      await page.locator(form).getByRole('button', { name: 'Confirm' }).click()
    }
    await enterCode('#setup')
    t.equal((await page.locator('#codes pre').innerText()).split('\n').length, 10)
    await page.getByRole('button', { name: 'I have kept them' }).click()
    await page.getByText('authenticator app', { exact: true }).waitFor()
    await forgetSteps(sites.node, String((await dump(sites.node)).users[0]?.['id']))
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    await enter(page, 'Log in', email, 'a fourth password')
    await enterCode('#proof')
    await greets(page, email)
  })

  await test.test('a passkey alone signs in', async () => {
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable', { enableUI: false })
    await addAuthenticator(cdp, { resident: true, verifies: true })
    // A page without focus may not make a passkey.
    await page.bringToFront()
    await page.getByRole('button', { name: 'Security' }).click()
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await page.getByText('passkey', { exact: true }).waitFor()
    await offersInFields(page, false)
    await page.getByRole('button', { name: 'Log out' }).click()
    await asksIn(page)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await greets(page, email)
  })

  const unexpected = record.errors.filter((error) => !/status of 40[0139]|ERR_INTERNET_DISCONNECTED/.test(error))
  test.same(unexpected, [], 'nothing went wrong on the pages, nor against their policy')
})

await t.test('the size of the core', async (test) => testSize(test, await example))

await t.test('rendering', { skip }, async (test) => testRendering(test, await example))

await t.test('in development, StrictMode sends no request twice', { skip }, async (test) =>
  testDevelopment(test, await example),
)
