/**
 * The cookies of cookie mode: two for the session, one that tells a device that is known. Scripts cannot read them, other hosts cannot set them, other sites cannot send them.
 * `__Host-Http-` is read as `__Host-` by older browsers (RFC 6265bis §4.1.3.2); newer ones also refuse it to scripts.
 */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

export type CookieSettings = {
  /** Whether clients reach this server over https. Without it, for localhost, the names lose their prefix. */
  readonly secure: boolean
  readonly sameSite: 'strict' | 'lax'
}

type Kind = 'access' | 'refresh' | 'device'
type Dependencies = { kind: Kind; value: string; maxAgeSeconds: number }

const prefix = '__Host-Http-'

// Space and tab only (RFC 6265bis §5.6). String.trim() also takes a byte 0xA0, which to a browser makes another name: one
// without the prefix, that a sibling subdomain may set.
const trim = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '')

export function createCookies({ secure, sameSite }: CookieSettings) {
  const nameOf = (kind: Kind) => (secure ? `${prefix}${kind}` : kind)
  // A page of another site gets cookies in a jar that only exists under that site (CHIPS).
  const attributes = (crossSite: boolean): CookieSerializeOptions => ({
    path: '/',
    httpOnly: true,
    ...(crossSite ? { secure: true, sameSite: 'none', partitioned: true } : { secure, sameSite }),
  })

  // Read here and not by a library, which would choose one of two that have the same name.
  const values = ({ headers }: FastifyRequest, kind: Kind): string[] =>
    (headers.cookie ?? '').split(';').flatMap((pair) => {
      const [name = '', ...value] = pair.split('=')
      return trim(name) === nameOf(kind) ? [trim(value.join('='))] : []
    })

  return {
    /** Whether the request brings one of the session's. */
    brought: (request: FastifyRequest): boolean =>
      request.headers.cookie !== undefined && [...values(request, 'access'), ...values(request, 'refresh')].length > 0,

    /**
     * The cookie's value; undefined where there is none, 'doubled' where there are two: one of them was planted, and
     * nothing tells which.
     */
    read(request: FastifyRequest, kind: Kind): { value: string } | 'doubled' | undefined {
      const [value, ...others] = values(request, kind)
      if (others.length > 0) return 'doubled'
      return value ? { value } : undefined
    },

    set(reply: FastifyReply, { kind, value, maxAgeSeconds }: Dependencies, crossSite: boolean): void {
      reply.setCookie(nameOf(kind), value, { ...attributes(crossSite), maxAge: maxAgeSeconds })
    },

    /** Takes the session's back. The device stays known. */
    clear(reply: FastifyReply, crossSite: boolean): void {
      for (const kind of ['access', 'refresh'] as const) reply.clearCookie(nameOf(kind), attributes(crossSite))
    },
  }
}

export type Cookies = ReturnType<typeof createCookies>
