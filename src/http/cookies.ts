/**
 * The two cookies of cookie mode. Scripts cannot read them, other hosts cannot set them, other sites cannot send them.
 * `__Host-Http-` is read as `__Host-` by older browsers (RFC 6265bis §4.1.3.2); newer ones also refuse it to scripts.
 */
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

export type CookieSettings = {
  /** Whether clients reach this server over https. Without it, for localhost, the names lose their prefix. */
  readonly secure: boolean
  readonly sameSite: 'strict' | 'lax'
}

type Kind = 'access' | 'refresh'
type Given = { kind: Kind; value: string; maxAgeSeconds: number }

const prefix = '__Host-Http-'

export function createCookies({ secure, sameSite }: CookieSettings) {
  const nameOf = (kind: Kind) => (secure ? `${prefix}${kind}` : kind)
  // A page of another site gets cookies in a jar that only exists under that site (CHIPS).
  const attributes = (crossSite: boolean): CookieSerializeOptions => ({
    path: '/',
    httpOnly: true,
    ...(crossSite ? { secure: true, sameSite: 'none', partitioned: true } : { secure, sameSite }),
  })

  const ours = (request: FastifyRequest, kind: Kind): string[] =>
    (request.headers.cookie ?? '').split(';').filter((pair) => pair.trim().startsWith(`${nameOf(kind)}=`))

  return {
    nameOf,

    /** Whether the request brings any of the two. */
    brought: (request: FastifyRequest): boolean =>
      request.headers.cookie !== undefined &&
      (ours(request, 'access').length > 0 || ours(request, 'refresh').length > 0),

    /**
     * The cookie's value; undefined where there is none, 'doubled' where there are two: one of them was planted, and
     * nothing tells which.
     */
    read(request: FastifyRequest, kind: Kind): { value: string } | 'doubled' | undefined {
      if (ours(request, kind).length > 1) return 'doubled'
      const value = request.cookies[nameOf(kind)]
      return value === undefined || value === '' ? undefined : { value }
    },

    set(reply: FastifyReply, { kind, value, maxAgeSeconds }: Given, crossSite: boolean): void {
      reply.setCookie(nameOf(kind), value, { ...attributes(crossSite), maxAge: maxAgeSeconds })
    },

    clear(reply: FastifyReply, crossSite: boolean): void {
      for (const kind of ['access', 'refresh'] as const) reply.clearCookie(nameOf(kind), attributes(crossSite))
    },
  }
}

export type Cookies = ReturnType<typeof createCookies>
