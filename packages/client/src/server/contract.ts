/** What the session of a request is for a server that renders pages. */
import type { User } from '../api/types.ts'

/** The members of a verified access token that the package reads. */
type Identity = { readonly userId: string; readonly sessionId: string; readonly roles: readonly string[] }

export type ServerSessionOptions = {
  /** The PUBLIC_URL of Countersign, such as https://auth.example.com. The names of the cookies follow from it. */
  baseUrl: string
  /** The address of Countersign, if it is not `baseUrl`. For example an address inside the cluster. */
  url?: string
  /**
   * Verifies access tokens on this machine, so that most renders send no request: a verifier of `@countersign/verify`. If it
   * refuses a token, the server is asked. Without it, the server is asked for each render.
   */
  verifier?: { verify: (accessToken: string) => Promise<Identity> }
  /** The server's COOKIE_DOMAIN, if it has one. */
  cookieDomain?: string
  /** How long an answer may take altogether. Default: 5000. */
  timeoutMs?: number
  /** Sends the requests. Default: the `fetch` of the runtime. */
  fetch?: typeof globalThis.fetch
}

export type ServerSession = Identity & {
  /** The user, if the server was asked. Null if `verifier` has answered, because an access token does not describe the user. */
  readonly user: User | null
}

/** The request, its headers, or the value of its Cookie header. */
export type CookieSource = Request | Pick<Headers, 'get'> | string | null | undefined

export type RequestSession = {
  /** Null if nobody is signed in. */
  readonly session: ServerSession | null
  /** For requests to your own APIs, as `Authorization: Bearer`. Null without a session. Never send it to the browser. */
  readonly accessToken: string | null
  /** The lines of Set-Cookie for the browser, as the server has sent them. Empty unless the session was refreshed. */
  readonly setCookies: readonly string[]
  /** The Cookie header as the browser will send it after `setCookies`. The rest of this request continues with it. */
  readonly cookie: string
  /**
   * Writes to the headers of the answer: adds `setCookies`, and forbids every cache to keep the page. Call it for each page that
   * depends on the session, also if nobody is signed in.
   */
  readonly applyTo: (headers: Pick<Headers, 'append' | 'set'>) => void
}

export type ReadSession = (
  request: CookieSource,
  /**
   * The address of the browser, for the audit log and the limits of the server. The server believes it if this machine is in TRUSTED_PROXIES.
   */
  browser?: { address?: string | undefined },
) => Promise<RequestSession>
