/** An authenticator app, recovery codes and passkeys in the sample app. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { codeFrom, forgetSteps, wrongCode } from '../setup/totp.ts'
import { skip } from './authority.ts'
import { openBrowser } from './chromium.ts'
import { addAuthenticator, credentialsOf, offersInFields } from './passkey-page.ts'
import { startSites } from './sites.ts'
import { asksIn, dump, enter, expireAccess, greets, openApp } from './users.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(290_000)

const email = 'ada@example.com'
const press = (page: Page, name: string, within = 'body') => page.locator(within).getByRole('button', { name }).click()
const listed = (page: Page, text: string) => page.locator('#factors li').filter({ hasText: text })

/** Enters a code in the form, and sends it. */
async function enterCode(page: Page, form: string, code: string): Promise<void> {
  await page.locator(form).getByLabel('Code').fill(code)
  await press(page, 'Confirm', form)
}

/** The recovery codes, which are shown once. */
async function keepCodes(page: Page): Promise<string[]> {
  await page.locator('#codes').waitFor()
  const codes = (await page.locator('#code-list').innerText()).split('\n')
  await press(page, 'I have kept them')
  return codes
}

await t.test('factors in the sample app', { skip }, async (test) => {
  const sites = await startSites(test, { env: { PASSKEY_DOMAIN: 'example.test' } })
  const { context, record } = await openBrowser(test, sites)
  const page = await openApp(context, sites.origin('app.example.test'))
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  const userId = async () => (await sites.node.database.pool.query('SELECT id FROM users')).rows[0].id
  const acr = async () => {
    await press(page, 'Who am I?')
    await page.getByText('"auth_time"').waitFor()
    return JSON.parse(await page.locator('#claims').innerText()).acr
  }
  let authenticatorId = ''
  let secret = ''
  let codes: string[] = []

  await test.test('a user adds an authenticator app, and gets recovery codes', async (t) => {
    await enter(page, 'Register', email)
    await greets(page, email)
    await press(page, 'Security')
    await press(page, 'Add an authenticator app')
    await page.locator('#setup').waitFor()
    secret = await page.locator('#key').innerText()
    t.ok(
      await page
        .locator('#qr')
        .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth > 50)),
    )
    await enterCode(page, '#setup', wrongCode(secret))
    await page.getByRole('alert').getByText('wrong').waitFor()
    await enterCode(page, '#setup', codeFrom(secret))
    codes = await keepCodes(page)
    t.equal(codes.length, 10)
    t.equal(await page.locator('#code-list').textContent(), '', 'they are not kept in the page')
    await press(page, 'Security')
    await page.getByText('10 recovery codes are left').waitFor()
    t.equal(await listed(page, 'authenticator app').count(), 1)
    t.equal(await acr(), 'aal2')
  })

  await test.test('the next login asks for a code, and a wrong one can be followed by the right one', async () => {
    await forgetSteps(sites.node, await userId())
    await press(page, 'Log out')
    await asksIn(page)
    await enter(page, 'Log in', email)
    await page.getByRole('heading', { name: 'One more step' }).waitFor()
    await enterCode(page, '#proof', wrongCode(secret))
    await page.getByRole('alert').getByText('could not be verified').waitFor()
    await enterCode(page, '#proof', codeFrom(secret))
    await greets(page, email)
  })

  await test.test('a recovery code replaces a lost factor once', async () => {
    await press(page, 'Log out')
    await enter(page, 'Log in', email)
    await enterCode(page, '#proof', codes[0]?.toLowerCase() ?? '')
    await greets(page, email)
    await press(page, 'Security')
    await page.getByText('9 recovery codes are left').waitFor()
    await press(page, 'Log out')
    await enter(page, 'Log in', email)
    await enterCode(page, '#proof', codes[0] ?? '')
    await page.getByRole('alert').getByText('could not be verified').waitFor()
    await enterCode(page, '#proof', codes[1] ?? '')
    await greets(page, email)
  })

  await test.test('after a while a change asks for a factor first, and is then made', async (t) => {
    await sites.node.database.pool.query(`UPDATE sessions SET authenticated_at = now() - interval '1 day'`)
    await expireAccess(context, sites)
    await press(page, 'Security')
    await press(page, 'New recovery codes')
    await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
    t.notOk(await page.locator('#proof').getByLabel('Password').isVisible(), 'the factor is enough')
    await enterCode(page, '#proof', codes[2] ?? '')
    codes = await keepCodes(page)
    t.equal(codes.length, 10)
  })

  await test.test('a user adds a passkey, renames it, and logs in with it', async (t) => {
    authenticatorId = await addAuthenticator(cdp, { resident: true, verifies: true })
    await press(page, 'Security')
    await press(page, 'Add a passkey')
    await listed(page, 'passkey').waitFor()
    page.once('dialog', (dialog) => void dialog.accept('My security key'))
    await listed(page, 'passkey').getByRole('button', { name: 'Rename' }).click()
    await listed(page, 'My security key').waitFor()
    await offersInFields(page, false)
    await press(page, 'Log out')
    await asksIn(page)
    await press(page, 'Use a passkey')
    await greets(page, email)
    t.equal(await acr(), 'aal2')
  })

  await test.test('the passkey is a second factor after the password', async () => {
    await press(page, 'Log out')
    await asksIn(page)
    await enter(page, 'Log in', email)
    await page.getByRole('heading', { name: 'One more step' }).waitFor()
    await press(page, 'Use a passkey', '#proof')
    await greets(page, email)
  })

  await test.test('the login form offers the passkey by itself', async () => {
    const sessions = async () => (await dump(sites.node)).sessions.length
    const before = await sessions()
    await offersInFields(page, true)
    await press(page, 'Log out')
    // The authenticator confirms at once what the browser offers in the field of the email.
    while ((await sessions()) === before) await greets(page, email)
    await greets(page, email)
  })

  await test.test('a passkey that was removed is offered no more', async (t) => {
    await press(page, 'Security')
    await listed(page, 'My security key').getByRole('button', { name: 'Remove' }).click()
    await listed(page, 'My security key').waitFor({ state: 'detached' })
    t.same(await credentialsOf(cdp, authenticatorId), [])
  })

  const unexpected = record.errors.filter((error) => !/status of 40[01]/.test(error))
  test.same(unexpected, [], 'and nothing else went wrong, also not against the policy of the page')
})
