/** A page in cookie mode, with the origin, fetch metadata and cookies that a browser would send. */
import { password } from '../../setup/client.ts'
import { type Header, json, type Reply, send } from './wire.ts'

export const app = 'https://app.example.test'
export const partner = 'https://partner.test'
export const spaOrigins = `${app},${partner} cross-site`

/** The Cookie header for these cookies, or no header if there are none. */
export const cookieHeader = (jar: ReadonlyMap<string, string>): Header[] =>
  jar.size === 0 ? [] : [['Cookie', [...jar].map((pair) => pair.join('=')).join('; ')]]

export const asPage = (origin = app, site = 'same-site'): Header[] => [
  ['Origin', origin],
  ['Sec-Fetch-Site', site],
  ['X-Auth-Mode', 'cookie'],
]

let users = 0
export const newEmail = () => `page-${++users}@example.com`

export function openPage(baseUrl: string, { origin = app, site = 'same-site' } = {}) {
  const jar = new Map<string, string>()

  /** Sends one request. The jar keeps the cookies that the response sets, and drops those that it clears. */
  async function ask(method: string, path: string, body?: unknown, more: readonly Header[] = []): Promise<Reply> {
    const headers = [...asPage(origin, site), ...cookieHeader(jar), ...more, ...(body === undefined ? [] : [json])]
    const reply = await send(baseUrl, { method, path, headers, body: body === undefined ? '' : JSON.stringify(body) })
    for (const line of reply.setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/; Max-Age=0(;|$)/.test(line)) jar.delete(name)
      else jar.set(name, value)
    }
    return reply
  }

  return {
    jar,
    ask,
    register: (email = newEmail()) => ask('POST', '/auth/register', { email, password }),
    login: (email: string, given = password) => ask('POST', '/auth/login', { email, password: given }),
    refresh: () => ask('POST', '/auth/refresh'),
    logout: () => ask('POST', '/auth/logout'),
    whoami: () => ask('GET', '/auth/whoami'),
  }
}

export type Page = ReturnType<typeof openPage>
