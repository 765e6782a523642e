/** Pages without a site in Chromium: a file, and extensions with and without permission for the host. They use bearer mode, and no cookies. */
/// <reference lib="dom" />
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import t from 'tap'
import { password } from '../setup/client.ts'
import { freePort } from '../setup/free-port.ts'
import { startNode } from '../setup/node.ts'
import { openBrowser, skip } from './chromium.ts'

t.setTimeout(290_000)

const empty = '<!doctype html><title>A page</title>'

/** Writes an extension with one page. Chromium derives its id from its directory. */
async function writeExtension(root: string, name: string, hosts: readonly string[]) {
  const directory = join(root, name)
  await mkdir(directory)
  const manifest = { manifest_version: 3, name, version: '1.0', host_permissions: hosts }
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(directory, 'page.html'), empty)
  const digest = createHash('sha256').update(directory).digest('hex').slice(0, 32)
  const id = digest.replace(/./g, (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)))
  return { directory, origin: `chrome-extension://${id}` }
}

/** Signs in from the page. Returns the status and the mode of the answer, or `unreadable` if the browser keeps it to itself. */
const signIn = (page: Page, baseUrl: string, email: string, mode: 'bearer' | 'cookie') =>
  page.evaluate(
    async ([url, body, header]) => {
      try {
        const headers = { 'Content-Type': 'application/json', 'X-Auth-Mode': header }
        const credentials = header === 'cookie' ? 'include' : 'omit'
        const answer = await fetch(url, { method: 'POST', headers, credentials, body })
        const { mode: found, code } = await answer.json()
        return [answer.status, found ?? code]
      } catch {
        return 'unreadable'
      }
    },
    [`${baseUrl}/auth/login`, JSON.stringify({ email, password }), mode] as const,
  )

await t.test('pages without a site', { skip }, async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'countersign-shells-'))
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const port = await freePort()
  const baseUrl = `http://localhost:${port}`
  const file = join(root, 'page.html')
  await writeFile(file, empty)
  const listed = await writeExtension(root, 'listed', [])
  const unlisted = await writeExtension(root, 'unlisted', [])
  const permitted = await writeExtension(root, 'permitted', [`${baseUrl}/*`])
  const env = { PUBLIC_URL: baseUrl, SPA_ORIGINS: ['null', listed.origin].join() }
  const node = await startNode(t, { port, env })
  const email = 'ada@example.com'
  await node.app.inject({ method: 'POST', url: '/auth/register', body: { email, password } })
  const extensions = [listed, unlisted, permitted].map(({ directory }) => directory)
  const { context } = await openBrowser(t, { extensions, thirdPartyCookies: 'allowed' })
  const page = await context.newPage()
  const both = async (address: string) => {
    await page.goto(address)
    return [await signIn(page, baseUrl, email, 'bearer'), await signIn(page, baseUrl, email, 'cookie')]
  }

  await t.test('a file may sign in in bearer mode', async (t) => {
    t.same(await both(pathToFileURL(file).href), [[200, 'bearer'], 'unreadable'])
  })

  await t.test('a listed extension may sign in in bearer mode', async (t) => {
    t.same(await both(`${listed.origin}/page.html`), [[200, 'bearer'], 'unreadable'])
  })

  await t.test('an extension that is not listed may read nothing', async (t) => {
    t.same(await both(`${unlisted.origin}/page.html`), ['unreadable', 'unreadable'])
  })

  await t.test('an extension with permission for the host needs no entry, and gets no cookies', async (t) => {
    const [bearer, cookie] = await both(`${permitted.origin}/page.html`)
    t.same(bearer, [200, 'bearer'], 'CORS does not apply to it')
    t.same(cookie, [403, 'csrf_rejected'])
  })

  t.same(await context.cookies(baseUrl), [], 'no page has got a cookie')
})
