/** Users of the sample app, and their rows and cookies. */
/// <reference lib="dom" />
import type { BrowserContext, Page } from 'playwright-core'
import { password } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import type { Sites } from './sites.ts'

/** Opens the sample app in a new tab, and waits until it knows whether a user is logged in. */
export async function openApp(context: BrowserContext, origin: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(origin)
  await settled(page)
  return page
}

/** Waits until the app shows a user or the login form. */
export const settled = (page: Page) => page.locator('#entry:not([hidden]), #account:not([hidden])').waitFor()

/** Fills in the login form, and presses one of its buttons. */
export async function enter(
  page: Page,
  button: 'Log in' | 'Register',
  email: string,
  secret: string = password,
): Promise<void> {
  const form = page.locator('#entry')
  await form.getByLabel('Email').fill(email)
  await form.getByLabel('Password').fill(secret)
  await form.getByRole('button', { name: button }).click()
}

/** Waits until the app greets this user. */
export const greets = (page: Page, name: string) => page.getByRole('heading', { name: `Hello, ${name}` }).waitFor()

/** Waits until the app shows the login form. */
export const asksIn = (page: Page) => page.locator('#entry').waitFor()

/** Calls the API through the client of the app, all at once. Returns the JSON of the answers. */
export const callFrom = (page: Page, method: string, ...paths: string[]): Promise<unknown[]> =>
  page.evaluate(
    async ([verb, addresses]) => {
      const { client } = await import(new URL('/auth.ts', location.href).href)
      const api = document.querySelector<HTMLMetaElement>('meta[name=api-url]')?.content
      return Promise.all(
        addresses.map(async (address) => {
          const answer: Response = await client.fetch(`${api}${address}`, { method: verb })
          const body = await answer.json()
          if (!answer.ok) throw new Error(body.detail)
          return body
        }),
      )
    },
    [method, paths] as const,
  )

/** Every row that a request might change, oldest first. */
export async function dump({ database }: Pick<Node, 'database'>) {
  const read = async (table: string): Promise<Record<string, unknown>[]> =>
    (await database.pool.query(`SELECT * FROM ${table} ORDER BY created_at, id`)).rows
  return { users: await read('users'), sessions: await read('sessions') }
}

/** The session cookies in this browser by name, without the device cookie, which stays. */
export async function cookiesOf(context: BrowserContext, { api }: Pick<Sites, 'api'>) {
  const { hostname } = new URL(api)
  const all = await context.cookies()
  return all
    .filter(({ domain, name }) => domain === hostname && !['control', '__Host-Http-device'].includes(name))
    .toSorted(byName)
}

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

/** Removes the access cookie, as when it expires. */
export const expireAccess = (context: BrowserContext, { api }: Pick<Sites, 'api'>) =>
  context.clearCookies({ name: '__Host-Http-access', domain: new URL(api).hostname })
