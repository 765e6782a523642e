/** The other clients of the storm, without a storm: they sign in, refresh, and notice the end of their session. */
/// <reference lib="dom" />
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser, skip } from '../browser/chromium.ts'
import { password } from '../setup/client.ts'
import { execute } from '../setup/database.ts'
import { buildPage, type PeerName, type PeerPage, startPeer } from './peers/start-peer.ts'

t.setTimeout(240_000)

type Peer = Awaited<ReturnType<PeerPage['start']>>

declare global {
  interface Window {
    peer: Peer
    clockShift: number
  }
}

/** Serves the pages of the app. Returns their origin. */
async function serveApp(t: Pick<Test, 'teardown'>, name: PeerName): Promise<string> {
  const script = await buildPage(name)
  const server = createServer(({ url }, response) =>
    url === '/peer.js'
      ? response.setHeader('content-type', 'text/javascript').end(script)
      : response.setHeader('content-type', 'text/html').end('<!doctype html><title>A page</title>'),
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://app.example.test:${(server.address() as AddressInfo).port}`
}

async function openTabs(context: BrowserContext, app: string, baseUrl: string): Promise<Page[]> {
  await context.addInitScript(() => {
    window.clockShift = 0
    const machine = Date.now
    Date.now = () => machine() + window.clockShift
  })
  const tabs = [await context.newPage(), await context.newPage()]
  for (const tab of tabs) {
    await tab.goto(`${app}/`)
    await tab.evaluate(
      async ([url, module]) => {
        const page = (await import(module)) as PeerPage
        window.peer = await page.start(url)
      },
      [baseUrl, `${app}/peer.js`] as const,
    )
  }
  return tabs
}

const ask = (tab: Page) => tab.evaluate(() => window.peer.ask())

for (const [name, refreshed, end] of [
  ['auth-js', 'rotated', 'UPDATE refresh_tokens SET used_at = now() WHERE used_at IS NULL'],
  ['better-auth', 'prolonged', 'DELETE FROM "session"'],
] as const) {
  await t.test(name, { skip }, async (t) => {
    const app = await serveApp(t, name)
    const server = await startPeer(t, name, { app, publicUrl: (port) => `http://api.example.test:${port}` })
    const { context } = await openBrowser(t)
    const tabs = await openTabs(context, app, `http://api.example.test:${server.port}`)
    const [first, second] = tabs as [Page, Page]
    const pass = async (ms: number) => {
      await server.setClock(ms)
      for (const tab of tabs) await tab.evaluate((shift) => (window.clockShift = shift), ms)
    }

    await first.evaluate((account) => window.peer.signUp(account), { email: 'ada@example.com', password })
    t.same(await Promise.all(tabs.map(ask)), [200, 200])
    const { [refreshed]: before = 0 } = await server.outcomes()

    await pass(20_000)
    t.equal(await ask(first), 200)
    t.equal(await ask(second), 200)
    t.equal((await server.outcomes())[refreshed], before + 1)

    await server.kill()
    t.not(await ask(first), 'signed_out')
    await server.start()
    await pass(40_000)
    t.equal(await ask(second), 200)

    await execute(server.databaseUrl, end)
    await pass(200_000)
    t.equal(await ask(second), 'signed_out')
    await second.waitForFunction(() => window.peer.signOuts() === 1)
  })
}

await t.test(
  'the model of the server of auth-js repeats an answer, and ends a session whose old token is used',
  async (t) => {
    const server = await startPeer(t, 'auth-js', { app: 'http://app.example.test' })
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${server.baseUrl}/auth/v1/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      })
      const { refresh_token, code } = (await response.json()) as { refresh_token?: string; code?: string }
      return refresh_token ?? code ?? ''
    }
    const refresh = (token: string) => post('token?grant_type=refresh_token', { refresh_token: token })

    const first = await post('signup', { email: 'ada@example.com', password })
    const second = await refresh(first)
    const third = await refresh(second)
    t.equal(new Set([first, second, third]).size, 3)
    t.equal(await refresh(first), third, 'within ten seconds')
    await server.setClock(20_000)
    t.equal(await refresh(second), third, 'the token before the active one')
    t.equal(await refresh(first), 'refresh_token_already_used')
    t.equal(await refresh(third), 'refresh_token_already_used')
    t.same(await server.outcomes(), { rotated: 2, repeated: 2, ended: 2 })
  },
)
