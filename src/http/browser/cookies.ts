/**
 * The cookies of cookie mode: two for the session, and one for the trusted device. Scripts cannot read them, other hosts cannot set
 * them, and other sites cannot send them. Older browsers read the prefix `__Host-Http-` as `__Host-` (RFC 6265bis
 * §4.1.3.2). Newer ones also refuse to let a script set such a cookie.
 */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

export type CookieSettings = {
  /** Whether clients reach this server over https. Without https, on localhost, the names have no prefix. */
  readonly secure: boolean
  readonly sameSite: 'strict' | 'lax'
}

type Kind = 'access' | 'refresh' | 'device'
type Cookie = { kind: Kind; value: string; maxAgeSeconds: number }

const prefix = '__Host-Http-'

// Space and tab only (RFC 6265bis §5.6). String.trim() also removes a byte 0xA0. To a browser, a name with that byte has no
// `__Host-` prefix, so a sibling subdomain may set it.
const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')

export type Cookies = {
  /** Whether the request brings a cookie of the session. */
  readonly brought: (request: FastifyRequest) => boolean
  /** The value of the cookie, `doubled` if there are two of that name, or undefined. One of two was planted, and nothing tells which. */
  readonly read: (request: FastifyRequest, kind: Kind) => { value: string } | 'doubled' | undefined
  readonly set: (reply: FastifyReply, cookie: Cookie, crossSite: boolean) => void
  /** Clears the cookies of the session. The device stays trusted. */
  readonly clear: (reply: FastifyReply, crossSite: boolean) => void
}

export function createCookies({ secure, sameSite }: CookieSettings): Cookies {
  const nameOf = (kind: Kind) => (secure ? `${prefix}${kind}` : kind)
  // A page of another site gets partitioned cookies (CHIPS): the browser sends them under that site only.
  const attributes = (crossSite: boolean): CookieSerializeOptions => ({
    path: '/',
    httpOnly: true,
    ...(crossSite ? { secure: true, sameSite: 'none', partitioned: true } : { secure, sameSite }),
  })

  // A cookie library would silently choose one of two cookies that have the same name.
  const values = ({ headers }: FastifyRequest, kind: Kind): string[] =>
    (headers.cookie ?? '').split(';').flatMap((pair) => {
      const [name = '', ...value] = pair.split('=')
      return trim(name) === nameOf(kind) ? [trim(value.join('='))] : []
    })

  return {
    brought: (request) =>
      request.headers.cookie !== undefined && [...values(request, 'access'), ...values(request, 'refresh')].length > 0,

    read(request, kind) {
      const [value, ...others] = values(request, kind)
      if (others.length > 0) return 'doubled'
      return value ? { value } : undefined
    },

    set(reply, { kind, value, maxAgeSeconds }, crossSite) {
      reply.setCookie(nameOf(kind), value, { ...attributes(crossSite), maxAge: maxAgeSeconds })
    },

    clear(reply, crossSite) {
      for (const kind of ['access', 'refresh'] as const) reply.clearCookie(nameOf(kind), attributes(crossSite))
    },
  }
}
