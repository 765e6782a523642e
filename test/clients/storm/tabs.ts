/** Five tabs of one browser, and the clock of their device. */
/// <reference lib="dom" />
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { Test } from 'tap'
import { openBrowser } from '../../browser/chromium.ts'
import type { Adapter, Answer } from './adapter.ts'
import type { Proxy } from './proxy.ts'

export type Tab = { page: Page; devtools: CDPSession; state: 'running' | 'frozen' | 'offline' }

/** Both clocks of a page go on together. `skewMs` moves only the time of day. */
const clockScript = () => {
  const [now, date] = [performance.now.bind(performance), Date.now.bind(Date)]
  window.clock = { elapsedMs: 0, skewMs: 0 }
  performance.now = () => now() + window.clock.elapsedMs
  Date.now = () => date() + window.clock.elapsedMs + window.clock.skewMs
}

export async function openTabs(t: Pick<Test, 'teardown'>, proxy: Proxy, adapter: Adapter, count: number) {
  const { context } = await openBrowser(t, { home: proxy.home })
  const clock = { elapsedMs: 0, skewMs: 0 }
  const counts = { signOuts: 0, opened: 0 }
  let isSignedIn = false
  await context.addInitScript(clockScript)
  await context.exposeFunction('reportSignOut', () => {
    if (isSignedIn) counts.signOuts++
  })

  const setClock = ({ page }: Pick<Tab, 'page'>) =>
    page.evaluate((next) => void Object.assign(window.clock, next), clock)

  async function open(): Promise<Tab> {
    const page = await newPage(context)
    counts.opened++
    await page.goto(proxy.app)
    await setClock({ page })
    await adapter.open(page, proxy.api)
    return { page, devtools: await context.newCDPSession(page), state: 'running' }
  }

  const tabs: Tab[] = []
  for (let i = 0; i < count; i++) tabs.push(await open())
  const running = () => tabs.filter(({ state }) => state === 'running')

  return {
    context,
    tabs,
    counts,
    running,

    async signIn(): Promise<void> {
      await tabs[0]?.page.evaluate(() => window.storm.signIn())
      for (const { page } of tabs) await page.waitForFunction(() => window.storm.isSignedIn())
      isSignedIn = true
    },

    /** Time passes on the device. A frozen tab learns of it when it runs again. */
    async pass(elapsedMs: number, jumpMs = 0): Promise<void> {
      clock.elapsedMs += elapsedMs
      clock.skewMs += jumpMs
      await proxy.server.pass?.(clock.elapsedMs)
      await Promise.all(tabs.filter(({ state }) => state !== 'frozen').map(setClock))
    },

    /** Asks the API from a tab. A page that crashes or is closed meanwhile has no answer. */
    ask: ({ page }: Tab): Promise<Answer> => page.evaluate(() => window.storm.ask()).catch(() => 'no answer' as const),

    isSignedIn: ({ page }: Tab) => page.evaluate(() => window.storm.isSignedIn()),

    async freeze(tab: Tab): Promise<void> {
      tab.state = 'frozen'
      await tab.devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    },

    async setOffline(tab: Tab, offline: boolean): Promise<void> {
      tab.state = offline ? 'offline' : 'running'
      const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
      await tab.devtools.send('Network.emulateNetworkConditions', { offline, ...speed })
    },

    /** The tab runs again, and is online. */
    async wake(tab: Tab): Promise<void> {
      if (tab.state === 'frozen') await tab.devtools.send('Page.setWebLifecycleState', { state: 'active' })
      if (tab.state === 'offline') await this.setOffline(tab, false)
      tab.state = 'running'
      await setClock(tab)
    },

    /** The user closes the tab, or it crashes. Then the user opens the app again. */
    async replace(tab: Tab, how: 'closed' | 'crashed'): Promise<void> {
      if (how === 'crashed') {
        const crashed = tab.page.waitForEvent('crash')
        void tab.devtools.send('Page.crash').catch(() => {})
        await crashed
      }
      await tab.page.close()
      tabs[tabs.indexOf(tab)] = await open()
    },
  }
}

export type Tabs = Awaited<ReturnType<typeof openTabs>>

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  return page
}
