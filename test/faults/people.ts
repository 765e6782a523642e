/** People who refresh all the time on any node, as a client should: cut off or told to wait, again with the last token. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mode } from '../../src/http/mode.ts'
import { password, register } from '../setup/client.ts'
import type { ServerProcess } from '../setup/server-process.ts'

type Server = Pick<ServerProcess, 'baseUrl'>

export const app = 'https://app.example.test'
const cookieName = '__Host-Http-refresh'

/** A session on a device, with the refresh token it holds. */
export type Person = { readonly mode: Mode; readonly name: string; token: string }

const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => new RegExp(`^${cookieName}=([^;]+)`).exec(cookie)?.[1])
    .find((value) => value !== undefined) ?? ''

/** What a page sends; its browser adds the cookie. */
const fromPage = (address: string, body: object, cookie?: string) =>
  fetch(address, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-auth-mode': 'cookie',
      origin: app,
      ...(cookie === undefined ? {} : { cookie: `${cookieName}=${cookie}` }),
    },
    body: JSON.stringify(body),
  })

export async function enter({ baseUrl }: Server, mode: Mode, name: string): Promise<Person> {
  const email = `${name}@example.com`
  if (mode === 'bearer') return { mode, name, token: (await register(baseUrl, email)).refresh_token }
  const answer = await fromPage(`${baseUrl}/auth/register`, { email, password })
  if (answer.status !== 201) throw new Error(`register answered ${answer.status}`)
  return { mode, name, token: cookieOf(answer) }
}

/** One refresh; the person holds the new token if there is one. Answers with the status, and what it is about if not 200. */
export async function refreshAt({ baseUrl }: Server, person: Person): Promise<{ status: number; code?: string }> {
  const address = `${baseUrl}/auth/refresh`
  const answer =
    person.mode === 'cookie'
      ? await fromPage(address, {}, person.token)
      : await fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token: person.token }),
        })
  const body = (await answer.json()) as { refresh_token?: string; code?: string }
  const token = person.mode === 'cookie' ? cookieOf(answer) : body.refresh_token
  if (answer.status === 200 && token) person.token = token
  return { status: answer.status, ...(body.code === undefined ? {} : { code: body.code }) }
}

/** Lets people refresh until it is stopped, each on any of these nodes, which may come and go. */
export function startRefreshing(people: readonly Person[], nodes: readonly ServerProcess[]) {
  const seen = {
    refreshes: 0,
    /** Requests that were cut off, or found nobody. */
    cut: 0,
    /** Answers of 503, by node and what it said. */
    later: new Map<ServerProcess, string[]>(),
    /** People who were told that their session is over. */
    loggedOut: [] as string[],
  }
  const stop = new AbortController()

  async function live(person: Person): Promise<void> {
    while (!stop.signal.aborted) {
      const node = nodes[Math.floor(Math.random() * nodes.length)]
      const answer = node && (await refreshAt(node, person).catch(() => undefined))
      if (!node || !answer) seen.cut++
      else if (answer.status === 200) seen.refreshes++
      else if (answer.status === 503) seen.later.set(node, [...(seen.later.get(node) ?? []), answer.code ?? ''])
      else return void seen.loggedOut.push(`${person.name} (${person.mode}): ${answer.status} ${answer.code}`)
      await sleep(answer?.status === 200 ? 100 + Math.random() * 300 : 50)
    }
  }

  const running = people.map(live)
  return {
    seen,
    async stop(): Promise<void> {
      stop.abort()
      await Promise.all(running)
    },
  }
}
