/** The reference at /docs, as a new user tries it. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { call, password } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { openBrowser, skip } from './chromium.ts'

// A browser is slow to start where the cores are busy.
t.setTimeout(120_000)

await t.test('a user tries the server at /docs, which loads nothing from other hosts', { skip }, async (test) => {
  const { baseUrl, app } = await startNode(test)
  const { context, record } = await openBrowser(test)
  const page = await context.newPage()

  const opened = await page.goto(`${baseUrl}/docs`)
  test.equal(opened?.status(), 200)
  const policy = opened?.headers()['content-security-policy'] ?? ''
  test.match(policy, /default-src 'none'/)
  test.notMatch(policy, /unsafe|https?:|\*|\.\w/, 'the policy names no other place')

  await page.getByRole('heading', { name: 'Countersign' }).waitFor()
  const { paths = {} } = app.swagger()
  test.same(await listedPaths(page), Object.keys(paths).toSorted(), 'every path of the document is listed')

  const ada = JSON.stringify({ email: 'ada@example.com', password })
  test.match(await tryOut(page, 'register', ada), { status: '201', body: { access_token: String } })
  const loggedIn = await tryOut(page, 'login', ada)
  test.match(loggedIn, { status: '200', body: { access_token: String } })
  const token = String(loggedIn.body['access_token'])
  await authorize(page, token)

  const { body: me } = await call(`${baseUrl}/auth/me`, { token })
  const told = { status: '200', body: { sub: String(me['id']) } }
  test.match(await tryOut(page, 'whoami'), told, 'whoami is asked with the token that was pasted')
  test.same(record.errors, [], 'nothing went wrong on the page, nor against its policy')

  await page.goto(`${baseUrl}/docs/`)
  const kept = await page.evaluate(() =>
    JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie]),
  )
  test.notOk(kept.includes(token), 'the page keeps no token in the storage of the browser')
  test.match(await tryOut(page, 'whoami'), { status: '401' }, 'and does not know it when it is opened anew')

  test.same([...record.origins], [baseUrl], 'nothing was asked of another host')
})

async function listedPaths(page: Page): Promise<string[]> {
  const texts = await page.locator('.opblock-summary-path').allTextContents()
  // The page puts zero-width spaces between the segments of a path.
  return [...new Set(texts.map((text) => text.replaceAll('\u200b', '')))].toSorted()
}

/** Opens an operation, presses "Try it out" and "Execute", and reads the response on the page. */
async function tryOut(page: Page, operationId: string, body?: string) {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`)
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  if (body !== undefined) await operation.locator('textarea').fill(body)
  await operation.getByRole('button', { name: 'Execute' }).click()
  const answer = operation.locator('.live-responses-table .response')
  const status = await answer.locator('.response-col_status').innerText()
  const text = await answer.locator('.highlight-code').first().innerText()
  const json: Record<string, unknown> = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
  return { status: status.trim(), body: json }
}

async function authorize(page: Page, token: string): Promise<void> {
  await page.getByRole('button', { name: 'Authorize', exact: true }).click()
  const dialog = page.locator('.modal-ux')
  // The cookies have forms of their own there.
  const form = dialog.locator('form').filter({ has: page.getByLabel('auth-bearer-value') })
  await form.getByRole('textbox').fill(token)
  await form.getByRole('button', { name: 'Apply credentials' }).click()
  await dialog.getByRole('button', { name: 'Close' }).first().click()
}
