/** The built-in pages: what they show, how they look for axe, and whom they answer with a page. */
/// <reference lib="dom" />
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { register } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { startNode } from '../setup/node.ts'
import { findMistakes, inWords } from './axe.ts'
import { openBrowser, skip } from './chromium.ts'

t.setTimeout(290_000)

const logo = `data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}`

await t.test('the built-in pages', { skip }, async (t) => {
  const port = await freePort()
  const base = `http://localhost:${port}`
  const env = { PUBLIC_URL: base, APP_NAME: 'Ada & Co', APP_LOGO: logo, SPA_ORIGINS: 'https://app.example.test' }
  await startNode(t, { port, mail: true, env })
  const { context, record } = await openBrowser(t)
  const page = await context.newPage()
  await register(base, 'ada@example.com')
  await mailInMailbox()

  const paths = [
    '/',
    '/nowhere',
    '/dev/mailbox',
    '/verify-email#token=x',
    '/reset-password#token=x',
    '/open-account#token=x',
    '/sign-in#token=x',
  ]
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await t.test(`axe finds nothing at ${width} pixels, ${colorScheme}`, async (t) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      for (const path of paths) {
        await page.goto('about:blank')
        await page.goto(base + path)
        const found = await findMistakes(page)
        t.comment(`axe at ${path}, ${width} pixels, ${colorScheme}: ${inWords(found)}`)
        t.same(found.violations, {}, path)
        t.equal(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          0,
          `${path} is not cut off`,
        )
        t.equal(await page.locator('header img').getAttribute('src'), logo)
        t.match(await page.title(), /Ada & Co$/)
      }
    })
  }

  await t.test('the start page leads to the reference, the mailbox and the health of the node', async (t) => {
    await page.goto(base)
    const targets = await page.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))
    t.ok(
      ['/docs', '/openapi.yaml', '/dev/mailbox', '/readyz'].every((path) => targets.includes(path)),
      String(targets),
    )
  })

  await t.test('a new password can be shown, its rules stand there before, and a failure names the rule', async (t) => {
    await page.goto(`${base}/reset-password#token=x`)
    await page.getByText('At least 8 characters').waitFor()
    const input = page.getByLabel('New password')
    t.equal(await input.getAttribute('type'), 'password')
    await page.getByRole('button', { name: 'Show' }).click()
    t.equal(await input.getAttribute('type'), 'text')
    await page.getByRole('button', { name: 'Hide' }).click()
    t.equal(await input.getAttribute('type'), 'password')
  })

  await t.test('after success, the page leads back to the app', async (t) => {
    await page.goto(`${base}/dev/mailbox`)
    await page.getByRole('link', { name: '/verify-email' }).click()
    t.notOk(await page.getByRole('link', { name: 'Go to the app' }).isVisible())
    await page.getByRole('button', { name: 'Confirm' }).click()
    const back = page.getByRole('link', { name: 'Go to the app' })
    await back.waitFor()
    t.equal(await back.getAttribute('href'), 'https://app.example.test')
  })

  t.same([...record.origins], [base], 'nothing was asked of another host')
  // A page that does not exist was opened, and the page of a sign-in link asked about a link that does not.
  t.same(
    record.errors.filter((error) => !/status of 40[04]/.test(error)),
    [],
  )

  /** Waits until the mail to the user has left the outbox. */
  async function mailInMailbox(): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
      const answer = await fetch(`${base}/dev/mailbox`, { headers: { accept: 'application/json' } })
      if ((await answer.json()).mails.length > 0) return
    }
    throw new Error('The mail did not arrive')
  }
})
