/** Tabs of an app whose pages load @countersign/client from its source. */
/// <reference lib="dom" />
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import type * as Library from '../../packages/client/src/index.ts'
import type { Change, Client } from '../../packages/client/src/index.ts'
import type { Sites } from './sites.ts'

type Storage = 'indexedDbStorage' | 'localStorageStorage'
type Opened = { client: Client; changes: Change['type'][] }

declare global {
  interface Window {
    app: Opened
  }
}

/** Serves the client under /client/ on every host of this browser. */
export async function serveClient(context: BrowserContext): Promise<void> {
  await context.route('**/client/**', async (route) => {
    const path = new URL(route.request().url()).pathname.replace('/client/', 'packages/client/src/')
    const text = await readFile(join(path), 'utf8')
    await route.fulfill({ contentType: 'text/javascript', body: stripTypeScriptTypes(text) })
  })
}

/** Opens a tab with a client. Without a storage it is in cookie mode. */
export async function openTab(context: BrowserContext, { origin, api }: Sites, storage?: Storage): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${origin('app.example.test')}/empty`)
  await start(page, api, storage)
  return page
}

/** Makes the client of a page, as when the page is loaded. */
export const start = (page: Page, api: string, storage?: Storage): Promise<void> =>
  page.evaluate(
    async ([baseUrl, kind]) => {
      const library = (await import(new URL('/client/index.ts', location.href).href)) as typeof Library
      const options = kind ? ({ mode: 'bearer', storage: library[kind]() } as const) : ({ mode: 'cookie' } as const)
      const client = library.createClient({ baseUrl, ...options })
      const changes: Change['type'][] = []
      client.onChange(({ type }) => changes.push(type))
      window.app = { client, changes }
      await client.session()
    },
    [api, storage] as const,
  )

export const changesOf = (page: Page) => page.evaluate(() => window.app.changes)

/** The status of a request with the session. */
export const askWhoami = (page: Page, api: string): Promise<number> =>
  page.evaluate(async (url) => {
    const response = await window.app.client.fetch(url)
    await response.text()
    return response.status
  }, `${api}/auth/whoami`)

/** Waits until the client of the page has this status. */
export const untilStatus = (page: Page, status: string) =>
  page.waitForFunction((expected) => window.app.client.state().status === expected, status)
