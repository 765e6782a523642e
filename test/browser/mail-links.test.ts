/** The built-in pages behind links in mails. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { call, register } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { openBrowser, skip } from './chromium.ts'

t.setTimeout(290_000)

await t.test('links in mails', { skip }, async (t) => {
  // Links lead to PUBLIC_URL, so the browser must find the server there.
  const port = await freePort()
  const lines: string[] = []
  const env = { PUBLIC_URL: `http://localhost:${port}` }
  const node = await startNode(t, { env, port, log: (line) => lines.push(line) })
  const { context, record } = await openBrowser(t)
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(`${request.url()} ${JSON.stringify(request.headers())}`))

  const linkTo = async (address: string) => {
    const [mail] = await mailsTo(node, address)
    return /^http:\S+$/m.exec(mail?.text ?? '')?.[0] ?? ''
  }
  const says = (on: Page, words: string) => on.getByRole('status').getByText(words).waitFor()
  const me = async (token: string) => (await call(`${node.baseUrl}/auth/me`, { token })).body

  await t.test('opening a link changes nothing, and pressing the button verifies the address once', async (t) => {
    const { access_token: token } = await register(node.baseUrl, 'ada@example.com')
    const link = await linkTo('ada@example.com')
    const opened = await page.goto(link)
    t.equal(opened?.status(), 200)
    t.match(opened?.headers()['content-security-policy'], /^default-src 'none'; script-src 'self'; /)
    t.equal(opened?.headers()['referrer-policy'], 'no-referrer')
    await page.getByRole('button', { name: 'Confirm' }).waitFor()
    t.match(await me(token), { email_verified: false })
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('Your email address is confirmed').waitFor()
    t.match(await me(token), { email_verified: true })
    t.equal(page.url(), `${env.PUBLIC_URL}/verify-email`, 'the token is gone from the address')
    await page.goto(link)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('has been used').waitFor()
  })

  await t.test('a new address', async (t) => {
    const { access_token: token } = await register(node.baseUrl, 'old@example.com')
    await call(`${node.baseUrl}/auth/email/change`, { token, body: { new_email: 'new@example.com' } })
    await page.goto(await linkTo('new@example.com'))
    await page.getByRole('button', { name: 'Use this address' }).click()
    await page.getByText('Your email address was changed').waitFor()
    t.match(await me(token), { email: 'new@example.com' })
  })

  await t.test(
    'a new password is sent with the token in the body, and the browser becomes a trusted device',
    async (t) => {
      await register(node.baseUrl, 'forgetful@example.com')
      await call(`${node.baseUrl}/auth/password/forgot`, { body: { email: 'forgetful@example.com' } })
      await node.app.afterAnswers()
      await page.goto(await linkTo('forgetful@example.com'))
      await page.getByLabel('New password').fill('a brand new password')
      await page.getByRole('button', { name: 'Set the password' }).click()
      await page.getByText('Your password was changed').waitFor()
      const login = { email: 'forgetful@example.com', password: 'a brand new password' }
      t.equal((await call(`${node.baseUrl}/auth/login`, { body: login })).status, 200)
      t.match(
        (await context.cookies()).map(({ name }) => name),
        [/^device-\d+$/],
      )
    },
  )

  await t.test('an incomplete link, and a link with a script in it, do nothing', async () => {
    await page.goto(`${env.PUBLIC_URL}/verify-email`)
    await says(page, 'not complete')
    await page.goto(`${env.PUBLIC_URL}/verify-email?x=1#token=<img src=x onerror=alert(1)>`)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('has been used, or it is no longer valid').waitFor()
  })

  t.notMatch(asked.join('\n'), /[?#].*token|referer.*token/i, 'no token was in an address or a Referer')
  t.notMatch(lines.join('\n'), /token=/, 'nor in the log')
  t.same([...record.origins], [env.PUBLIC_URL], 'nothing was asked of another host')
  t.same(
    record.errors.filter((error) => !/status of 400/.test(error)),
    [],
    'nothing went wrong on the page, nor against its policy',
  )
})

t.test('with APP_URL there are no built-in pages', async (t) => {
  const node = await startNode(t, { env: { APP_URL: 'https://app.example.com' } })
  for (const path of ['/open-account', '/verify-email', '/change-email', '/reset-password', '/pages/link-page.js']) {
    t.equal((await call(`${node.baseUrl}${path}`)).status, 404, path)
  }
})
