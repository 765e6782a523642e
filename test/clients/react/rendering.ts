/** The hooks on a server, in hydration, and with Suspense; and the size of the client in a build. */
/// <reference lib="dom" />
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../../src/database/embedded/free-port.ts'
import { openBrowser } from '../../browser/chromium.ts'
import { password, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { run } from '../example.ts'

declare global {
  var seen: string[]
  var faults: string[]
  var client: { signIn: (credentials: object) => Promise<unknown> }
}

const longestCoreBytes = 8 * 1024

/** Puts the programs of this folder where they find the packages of the example. */
async function place(t: Test, example: string) {
  const folder = join(example, 'node_modules/.countersign-test')
  await cp(import.meta.dirname, folder, { recursive: true, filter: (path) => !path.endsWith('.ts') })
  const out = await mkdtemp(join(tmpdir(), 'countersign-bundle-'))
  t.teardown(() => rm(out, { recursive: true, force: true }))
  const bundle = async (entry: string): Promise<{ bytes: number; gzip: number }> =>
    JSON.parse(await run(folder, process.execPath, 'bundle.mjs', entry, join(out, entry)))
  return { folder, out, bundle }
}

export async function testSize(t: Test, example: string): Promise<void> {
  const { bundle } = await place(t, example)
  const core = await bundle('core.mjs')
  t.comment(`the core: ${core.bytes} bytes minified, ${core.gzip} bytes with gzip`)
  t.ok(core.bytes > 4000)
  t.ok(core.gzip <= longestCoreBytes, `${core.gzip} bytes are more than ${longestCoreBytes}`)
}

export async function testRendering(t: Test, example: string): Promise<void> {
  const { folder, out, bundle } = await place(t, example)
  const user = { id: 'x', email: 'ada@example.com', email_verified: true, name: null, roles: [] }
  const initialState = { status: 'signed_in', user, sessionId: 's' }
  const rendered = JSON.parse(await run(folder, process.execPath, 'server.mjs', JSON.stringify(initialState)))

  await t.test('on a server', async (t) => {
    t.match(rendered.plain, '<p>unknown </p>')
    t.notMatch(rendered.plain, /<b>|<i>/, 'without a state, neither side is shown')
    t.match(rendered.known, '<b>in</b>')
    t.match(rendered.known, '<p>signed_in ada@example.com</p>')
    t.match(rendered.suspended, '<u>waiting</u>')
    t.match(rendered.errors, [/not known on the server/], 'a server cannot wait for the session')
    t.equal(rendered.requests, 0, 'and nobody asks without the cookies of the user')
  })

  await bundle('browser.mjs')
  const [port, appPort] = [await freePort(), await freePort()]
  const node = await startNode(t, { port, env: { PUBLIC_URL: `http://localhost:${port}` } })
  const script = await readFile(join(out, 'browser.mjs/bundle.js'))
  const server = createServer(({ url }, response) => {
    if (url === '/bundle.js') return response.setHeader('content-type', 'text/javascript').end(script)
    const given = { baseUrl: `http://localhost:${port}`, ...(url === '/hydrate' && { initialState }) }
    return response
      .setHeader('content-type', 'text/html')
      .end(
        `<!doctype html><link rel="icon" href="data:,"><div id="root">${url === '/hydrate' ? rendered.known : ''}</div>` +
          `<script type="application/json" id="given">${JSON.stringify(given)}</script><script type="module" src="/bundle.js"></script>`,
      )
  }).listen(appPort, 'localhost')
  t.teardown(() => server.close())
  const { context, record } = await openBrowser(t)
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`))

  await t.test('hydration shows what the server has rendered until the client knows better', async (t) => {
    await page.goto(`http://localhost:${appPort}/hydrate`)
    await page.getByText('signed_out').waitFor()
    await page.getByText('fallback').waitFor()
    t.same(await page.evaluate(() => globalThis.faults), [], 'no mismatch')
    t.notOk((await page.evaluate(() => globalThis.seen)).includes('unknown'))
    t.same(record.errors, [])
  })

  await t.test('with Suspense, a component renders when the session is known, and asks once', async (t) => {
    asked.length = 0
    let release = () => {}
    const released = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/auth/session', async (route) => {
      await released
      await route.continue()
    })
    await page.goto(`http://localhost:${appPort}/suspense`)
    await page.getByText('waiting').waitFor()
    release()
    await page.getByText('signed_out').waitFor()
    t.same(new Set(await page.evaluate(() => globalThis.seen)), new Set(['signed_out']))
    t.same(
      asked.filter((one) => one.includes('/auth/')),
      ['GET /auth/session'],
    )
    const { user: registered } = await register(node.baseUrl)
    await page.evaluate((credentials) => globalThis.client.signIn(credentials), { email: registered.email, password })
    await page.getByText(`signed_in ${registered.email}`).waitFor()
    t.same(record.errors, [])
  })

  await t.test('with Suspense, a component waits while the server cannot be reached', async (t) => {
    let isDown = true
    await page.unroute('**/auth/session')
    await page.route('**/auth/session', (route) => (isDown ? route.abort() : route.continue()))
    await page.goto(`http://localhost:${appPort}/suspense`)
    await page.waitForRequest('**/auth/session')
    await page.getByText('waiting').waitFor()
    isDown = false
    await page.getByText('signed_in').waitFor()
    t.notOk((await page.evaluate(() => globalThis.seen)).includes('unknown'))
  })
}
