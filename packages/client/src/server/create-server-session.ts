/** Finds the session of a request from its cookies, and refreshes it if that is needed. */
import { NetworkError } from '../errors.ts'
import { type Asking, createAsk, type Told } from './ask.ts'
import type { CookieSource, ReadSession, RequestSession, ServerSession, ServerSessionOptions } from './contract.ts'
import { parseCookies, sessionCookieNames, sessionCookiesOf, writeCookies } from './cookie-header.ts'
import { createShare } from './share.ts'

const nobody: Told = { session: null, setCookies: [] }

/**
 * Makes the function that reads the session of a request. It rejects with NetworkError or ApiError if nobody can tell whether the
 * user is signed in, for example because Countersign is away. That is no sign-out: show an error, and leave the cookies alone.
 *
 * Requests with the same cookies share one question to the server while it lasts. Nothing is kept afterwards. Throws TypeError for invalid options.
 */
export function createServerSession(options: ServerSessionOptions): ReadSession {
  const { verifier, timeoutMs = 5000, fetch = globalThis.fetch } = options
  const baseUrl = new URL(options.baseUrl).href
  const url = new URL(options.url ?? baseUrl).href.replace(/\/$/, '')
  const names = sessionCookieNames(baseUrl, options.cookieDomain)
  const ask = createAsk({ url, fetch: (...request) => fetch(...request) })
  const share = createShare<Told>()

  /** The session, or undefined if only the server can tell. */
  async function verifyHere(accessTokens: readonly string[]): Promise<ServerSession | undefined> {
    const [token, ...others] = accessTokens
    // One of two cookies was planted. The server refuses both.
    if (!verifier || token === undefined || others.length > 0) return undefined
    try {
      const { userId, sessionId, roles } = await verifier.verify(token)
      return { userId, sessionId, roles, user: null }
    } catch (error) {
      // The clock or the settings of this machine may be wrong, so no refusal is final. An error without a code is a mistake of the app.
      if (typeof (error as { code?: unknown }).code !== 'string') throw error
      return undefined
    }
  }

  async function askServer(asking: Asking, hasAccess: boolean, hasRefresh: boolean): Promise<Told> {
    const told = hasAccess ? await ask.status(asking) : undefined
    if (told && told.session !== undefined) return told
    return hasRefresh ? ask.refresh(asking) : nobody
  }

  async function find(header: string, about: Omit<Asking, 'cookie'>): Promise<RequestSession> {
    const pairs = parseCookies(header)
    const access = pairs.filter(({ name }) => name === names.access).map(({ value }) => value)
    const ours = pairs.filter(({ name }) => name === names.access || name === names.refresh)
    const asking = { ...about, cookie: writeCookies(ours) }

    const resultOf = ({ session = null, setCookies }: Told): RequestSession => {
      const replaced = sessionCookiesOf(setCookies, names)
      const kept = pairs.filter(({ name }) => !replaced.some((one) => one.name === name))
      const token = replaced.find(({ name }) => name === names.access)?.value ?? access[0]
      return {
        session,
        accessToken: session && (token ?? null),
        setCookies,
        cookie: writeCookies([...kept, ...replaced]),
        applyTo(headers) {
          headers.set('Cache-Control', 'private, no-store')
          for (const line of setCookies) headers.append('Set-Cookie', line)
        },
      }
    }

    const here = await verifyHere(access)
    if (here) return resultOf({ session: here, setCookies: [] })
    const hasRefresh = ours.some(({ name }) => name === names.refresh)
    // The key has every secret of the request, so nobody gets the session of another user.
    return resultOf(await share(asking.cookie, () => askServer(asking, access.length > 0, hasRefresh)))
  }

  return async function readSession(request, browser = {}) {
    const headers = typeof request === 'object' && request !== null ? headersOf(request) : undefined
    const header = headers ? headers.get('cookie') : (request as string | null | undefined)
    const signal = AbortSignal.timeout(timeoutMs)
    const late = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new NetworkError(`No answer from ${url} in ${timeoutMs} ms.`))),
    )
    const userAgent = headers?.get('user-agent') ?? undefined
    return Promise.race([find(header ?? '', { userAgent, address: browser.address, signal }), late])
  }
}

// The headers of Next.js have a member `headers` of another kind, so `get` is looked at first.
const headersOf = (source: Exclude<CookieSource, string | null | undefined>): Pick<Headers, 'get'> =>
  'get' in source ? source : source.headers
