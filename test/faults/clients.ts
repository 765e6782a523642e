/** Clients that refresh on any node without a pause. After a lost connection or a 503 they repeat the request with their last token. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Mode } from '../../src/http/mode.ts'
import { password, register, untilServed } from '../setup/client.ts'
import type { ServerProcess } from '../setup/server-process.ts'

type Server = Pick<ServerProcess, 'baseUrl'>

export const app = 'https://app.example.test'
const cookieName = '__Host-Http-refresh'

/** A session of a client, with its refresh token. */
export type User = { readonly mode: Mode; readonly name: string; token: string }

const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => new RegExp(`^${cookieName}=([^;]+)`).exec(cookie)?.[1])
    .find((value) => value !== undefined) ?? ''

/** The headers of a page. The browser adds the cookie. */
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

export async function enter({ baseUrl }: Server, mode: Mode, name: string): Promise<User> {
  if (mode === 'bearer') return { mode, name, token: (await register(baseUrl, `${name}@example.com`)).refresh_token }
  let tries = 0
  // Many users who register at once may find the queue of hashes full. A repetition takes another address, because the first one may be taken.
  const answer = await untilServed(() =>
    fromPage(`${baseUrl}/auth/register`, { email: `${name}-${tries++}@example.com`, password }),
  )
  if (answer.status !== 201) throw new Error(`register answered ${answer.status}`)
  return { mode, name, token: cookieOf(answer) }
}

/** Sends one refresh, and keeps the new token if there is one. Returns the status, and the code of an error. */
export async function refreshAt({ baseUrl }: Server, user: User): Promise<{ status: number; code?: string }> {
  const address = `${baseUrl}/auth/refresh`
  const answer =
    user.mode === 'cookie'
      ? await fromPage(address, {}, user.token)
      : await fetch(address, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refresh_token: user.token }),
        })
  const body = (await answer.json()) as { refresh_token?: string; code?: string }
  const token = user.mode === 'cookie' ? cookieOf(answer) : body.refresh_token
  if (answer.status === 200 && token) user.token = token
  return { status: answer.status, ...(body.code === undefined ? {} : { code: body.code }) }
}

/** Lets clients refresh until it is stopped, each on any of these nodes. Nodes may stop and start. */
export function startRefreshing(users: readonly User[], nodes: readonly ServerProcess[]) {
  const seen = {
    refreshes: 0,
    /** Requests whose connection was lost or refused. */
    cut: 0,
    /** The 503 responses by node and code. */
    later: new Map<ServerProcess, string[]>(),
    /** Clients that were logged out. */
    loggedOut: [] as string[],
  }
  const stop = new AbortController()

  async function live(user: User): Promise<void> {
    while (!stop.signal.aborted) {
      const node = nodes[Math.floor(Math.random() * nodes.length)]
      const answer = node && (await refreshAt(node, user).catch(() => undefined))
      if (!node || !answer) seen.cut++
      else if (answer.status === 200) seen.refreshes++
      else if (answer.status === 503) seen.later.set(node, [...(seen.later.get(node) ?? []), answer.code ?? ''])
      else return void seen.loggedOut.push(`${user.name} (${user.mode}): ${answer.status} ${answer.code}`)
      await sleep(answer?.status === 200 ? 100 + Math.random() * 300 : 50)
    }
  }

  const running = users.map(live)
  return {
    seen,
    async stop(): Promise<void> {
      stop.abort()
      await Promise.all(running)
    },
  }
}
