/**
 * The cookies of cookie mode: two for the session, one for the trusted device, and one for a sign-in under way. Scripts cannot read them, other hosts cannot set
 * them, and other sites cannot send them. Older browsers read the prefix `__Host-Http-` as `__Host-` (RFC 6265bis
 * §4.1.3.2). Newer ones also refuse to let a script set such a cookie.
 */
import type { SerializeOptions } from '@fastify/cookie'
import type { FastifyReply } from 'fastify'
import type { RequestHead } from '../request-head.ts'
import { type CookieKind, cookieNames } from './cookie-names.ts'
import { strayPlaces } from './stray-cookies.ts'

export type CookieSettings = {
  /** The server's PUBLIC_URL. */
  readonly publicUrl: string
  readonly sameSite: 'strict' | 'lax'
  /** COOKIE_DOMAIN: all hosts of this domain get the access cookie. */
  readonly accessDomain?: string | undefined
}

/** Without `maxAgeSeconds`, the browser forgets the cookie when it is closed. */
type Cookie = { kind: CookieKind; value: string; maxAgeSeconds: number | undefined }

// Space and tab only (RFC 6265bis §5.6). String.trim() also removes a byte 0xA0. To a browser, a name with that byte has no
// `__Host-` prefix, so a sibling subdomain may set it.
const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')

export type Cookies = {
  /** Whether the request brings a cookie of the session. */
  readonly brought: (request: RequestHead) => boolean
  /** The value of the cookie, `doubled` if there are two of that name, or undefined. One of two was planted, and nothing tells which. */
  readonly read: (request: RequestHead, kind: CookieKind) => { value: string } | 'doubled' | undefined
  readonly set: (reply: FastifyReply, cookie: Cookie, crossSite: boolean) => void
  /** Clears the cookies of the session. The device stays trusted. */
  readonly clear: (reply: FastifyReply, crossSite: boolean) => void
  /** If a cookie of the request is doubled, clears the one that another path or another host has planted, where the server can. */
  readonly heal: (reply: FastifyReply) => void
}

export function createCookies({ publicUrl, sameSite, accessDomain }: CookieSettings): Cookies {
  const secure = publicUrl.startsWith('https:')
  const nameOf = cookieNames({ publicUrl, accessDomain })
  // No other path and no other host can set a cookie with the prefix `__Host-`.
  const plantable = (['access', 'refresh', 'device', 'attempt'] as const).filter(
    (kind) => !nameOf(kind).startsWith('__Host-'),
  )
  const domainOf = (kind: CookieKind) => (kind === 'access' && accessDomain ? { domain: accessDomain } : {})
  // A page of another site gets partitioned cookies (CHIPS): the browser sends them under that site only.
  const attributes = (kind: CookieKind, partitioned: boolean): SerializeOptions => ({
    path: '/',
    httpOnly: true,
    ...domainOf(kind),
    ...(partitioned ? { secure: true, sameSite: 'none', partitioned: true } : { secure, sameSite }),
  })

  // A cookie library would silently choose one of two cookies that have the same name.
  const values = ({ headers }: RequestHead, kind: CookieKind): string[] =>
    (headers.cookie ?? '').split(';').flatMap((pair) => {
      const [name = '', ...value] = pair.split('=')
      return trim(name) === nameOf(kind) ? [trim(value.join('='))] : []
    })

  // setCookie of the library would replace a line with the same name and path.
  const write = (reply: FastifyReply, name: string, value: string, options: SerializeOptions) =>
    void reply.header('set-cookie', reply.server.serializeCookie(name, value, options))

  const remove = (reply: FastifyReply, kind: CookieKind, where: SerializeOptions) =>
    write(reply, nameOf(kind), '', { ...where, maxAge: 0, expires: new Date(0) })

  /**
   * A browser keeps a partitioned cookie beside one that is not, and sends both. A change of SPA_ORIGINS can lead to that, so each kind removes
   * the other. It comes first, because a browser that does not know the attribute takes both for one cookie. The line for the cookie
   * that is not partitioned has its SameSite, so a page of another site cannot sign the user out of this one.
   */
  const removeOther = (reply: FastifyReply, kind: CookieKind, crossSite: boolean) => {
    if (secure) remove(reply, kind, attributes(kind, !crossSite))
  }

  const isDoubled = (request: RequestHead, kind: CookieKind) => values(request, kind).length > 1

  return {
    brought: (request) =>
      request.headers.cookie !== undefined && [...values(request, 'access'), ...values(request, 'refresh')].length > 0,

    read(request, kind) {
      const [value, ...others] = values(request, kind)
      if (others.length > 0) return 'doubled'
      return value ? { value } : undefined
    },

    set(reply, { kind, value, maxAgeSeconds }, crossSite) {
      removeOther(reply, kind, crossSite)
      const life = maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }
      write(reply, nameOf(kind), value, { ...attributes(kind, crossSite), ...life })
    },

    clear(reply, crossSite) {
      for (const kind of ['access', 'refresh'] as const) {
        removeOther(reply, kind, crossSite)
        remove(reply, kind, attributes(kind, crossSite))
      }
    },

    heal(reply) {
      const { request } = reply
      if (request.headers.cookie === undefined) return
      for (const kind of plantable) {
        if (!isDoubled(request, kind)) continue
        const where = { publicUrl, path: request.raw.url ?? '/', domain: domainOf(kind).domain }
        for (const place of strayPlaces(where)) remove(reply, kind, { ...place, secure })
      }
    },
  }
}
