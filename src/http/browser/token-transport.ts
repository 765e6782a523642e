/**
 * How tokens travel between client and server; the only file that knows. A request's token comes from exactly one
 * place: an `Authorization` header of any scheme switches cookies off, and two of a kind are refused, not chosen from.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'
import type { Mode } from '../mode.ts'
import { contextOf, type RequestContext } from '../request-context.ts'
import { longestCookieSeconds } from './cookie-life.ts'
import type { Cookies } from './cookies.ts'
import { asksForCookies, type CsrfGate } from './csrf.ts'

/** What a login or a refresh gives, in the wire's names. */
type AccessToken = { access_token: string; token_type: string; expires_in: number }
type Tokens = AccessToken & { refresh_token: string; refresh_expires_in: number; device_token?: string | undefined }
/** Who is logging in: with the refresh token and the device token they have from before. */
type Client = { mode: Mode; previous?: string | undefined; device?: string | undefined; context: RequestContext }

const notInBody = (path: string) =>
  new AppError('invalid_request', { errors: [{ path, message: 'is not for requests in cookie mode' }] })

// RFC 9110 §11.1: the scheme is case-insensitive. RFC 6750 §2.1: then the token, and nothing after it.
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const longestHeader = 4096

/** Every value that a header was sent with. `request.headers` keeps the first of two Authorization headers only. */
export function headerValues({ raw }: FastifyRequest, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.rawHeaders.length; i += 2) {
    if (raw.rawHeaders[i]?.toLowerCase() === name) values.push(raw.rawHeaders[i + 1] ?? '')
  }
  return values
}

const hasAuthorization = ({ headers }: FastifyRequest) => headers.authorization !== undefined

/**
 * The access token of an Authorization header, or undefined where there is none. Ends in `invalid_token` where the header is
 * doubled or malformed.
 */
export function bearerToken(request: FastifyRequest): string | undefined {
  const [header, ...others] = headerValues(request, 'authorization')
  if (header === undefined) return undefined
  const token = header.length <= longestHeader ? bearer.exec(header)?.[1] : undefined
  if (others.length > 0 || token === undefined) throw new AppError('invalid_token')
  return token
}

export function createTokenTransport({ cookies, gate }: { cookies: Cookies; gate: CsrfGate }) {
  /**
   * How this request carries its tokens, or asks to be given them. Without an Authorization header, one that brings a
   * cookie of ours is in cookie mode whatever it says. Ends in `csrf_rejected` where an unsafe request in cookie mode
   * might be another site's doing.
   */
  const modeOf = (request: FastifyRequest): Mode => {
    if (hasAuthorization(request) || !(asksForCookies(request) || cookies.brought(request))) return 'bearer'
    gate.require(request)
    return 'cookie'
  }

  const fromCookie = (request: FastifyRequest, kind: 'access' | 'refresh'): string | undefined => {
    const cookie = cookies.read(request, kind)
    if (cookie !== 'doubled') return cookie?.value
    throw new AppError(kind === 'access' ? 'invalid_token' : 'invalid_refresh_token')
  }

  return {
    modeOf,

    /**
     * The access token a request presents, or undefined where it presents none. Ends in `invalid_token` where the
     * header or the cookie is doubled or malformed, or in `csrf_rejected`.
     */
    accessToken: (request: FastifyRequest): string | undefined =>
      modeOf(request) === 'bearer' ? bearerToken(request) : fromCookie(request, 'access'),

    /**
     * The refresh token a request presents: in the cookie where the request is in cookie mode, else in its body.
     * Undefined where there is none. Ends in `csrf_rejected`, in `invalid_refresh_token` where the cookie is doubled, or
     * in `invalid_request` where a request in cookie mode has a token in its body.
     */
    refreshToken(request: FastifyRequest, inBody: string | undefined): { token: string; mode: Mode } | undefined {
      const mode = modeOf(request)
      if (mode === 'cookie' && inBody !== undefined) throw notInBody('/refresh_token')
      const token = mode === 'cookie' ? fromCookie(request, 'refresh') : inBody
      return token === undefined ? undefined : { token, mode }
    },

    /**
     * Ends in `csrf_rejected`, in `invalid_refresh_token` where that cookie is doubled, or in `invalid_request` where a
     * request in cookie mode has a device token in its body.
     */
    client(request: FastifyRequest, deviceInBody?: string): Client {
      const mode = modeOf(request)
      const context = contextOf(request)
      if (mode === 'bearer') return { mode, device: deviceInBody, context }
      if (deviceInBody !== undefined) throw notInBody('/device_token')
      const known = cookies.read(request, 'device')
      const device = known === 'doubled' ? undefined : known?.value
      return { mode, previous: fromCookie(request, 'refresh'), device, context }
    },

    /** Answers with tokens: in the body, or in cookies and then not in the body. Never cached (RFC 6749 §5.1). */
    send<T extends Tokens>(reply: FastifyReply, mode: Mode, tokens: T) {
      reply.header('cache-control', 'no-store')
      if (mode === 'bearer') return tokens
      const { access_token: access, refresh_token: refresh, device_token: device, token_type: _, ...rest } = tokens
      const crossSite = gate.isCrossSite(reply.request)
      cookies.set(reply, { kind: 'access', value: access, maxAgeSeconds: tokens.expires_in }, crossSite)
      cookies.set(reply, { kind: 'refresh', value: refresh, maxAgeSeconds: tokens.refresh_expires_in }, crossSite)
      if (device !== undefined) {
        cookies.set(reply, { kind: 'device', value: device, maxAgeSeconds: longestCookieSeconds }, crossSite)
      }
      return rest
    },

    /** The same for an access token alone: the refresh token stays where it is. */
    sendAccess<T extends AccessToken>(reply: FastifyReply, mode: Mode, token: T) {
      reply.header('cache-control', 'no-store')
      if (mode === 'bearer') return token
      const { access_token: value, token_type: _, ...rest } = token
      cookies.set(reply, { kind: 'access', value, maxAgeSeconds: token.expires_in }, gate.isCrossSite(reply.request))
      return rest
    },

    /** Takes the cookies back. */
    forget: (reply: FastifyReply): void => cookies.clear(reply, gate.isCrossSite(reply.request)),
  }
}

export type TokenTransport = ReturnType<typeof createTokenTransport>
