/**
 * Carries tokens between client and server; no other file does. The token of a request comes from exactly one place. A Bearer token switches
 * cookies off, and so does `X-Auth-Mode: bearer`. Two headers or two cookies of one kind are refused: the server does not choose.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, invalidMember } from '../../errors.ts'
import { headerValues } from '../header-values.ts'
import type { Mode } from '../mode.ts'
import { contextOf, type RequestContext } from '../request-context.ts'
import type { RequestHead } from '../request-head.ts'
import { longestCookieSeconds } from './cookie-life.ts'
import type { Cookies } from './cookies.ts'
import { asksForBearer, asksForCookies, type CsrfGate } from './csrf.ts'
import { hideOfferedTokens, offeredTokens } from './offered-tokens.ts'

/** The members that go into cookies in cookie mode. */
type InCookies = 'access_token' | 'refresh_token' | 'device_token' | 'token_type'
/** The tokens of a login or a refresh, with their names on the wire. */
type Tokens = {
  access_token: string
  token_type: string
  expires_in: number
  refresh_token: string
  refresh_expires_in: number
  device_token?: string | undefined
  /** Whether the browser keeps the cookies when it is closed. No member of the answer. */
  remembered: boolean
}
/** The answer to a request that ends with a signed-in user. */
type Sent<T> =
  | ({ status: 'signed_in'; mode: 'bearer' } & Omit<T, 'remembered'>)
  | ({ status: 'signed_in'; mode: 'cookie' } & Omit<T, InCookies | 'remembered'>)
/** A sign-in that goes on. `binding` is the value of the cookie that goes with the attempt. */
type Required = { attempt: string; binding?: string | undefined; expiresIn: number }
/** The answer to a sign-in that goes on. */
type SentRequired<R> = { status: 'factor_required'; expires_in: number } & Omit<R, 'binding' | 'expiresIn'>
/** How a sign-in ended, or what is owed. */
type SignIn<T, R> = { status: 'signed_in'; pair: T } | { status: 'factor_required'; required: R }
/** The client that logs in, with the tokens that it had before. */
type Client = {
  mode: Mode
  previous?: string | undefined
  device?: string | undefined
  /** The cookie that goes with an attempt. */
  binding?: string | undefined
  remembered: boolean
  trustsDevice: boolean
  context: RequestContext
}
/** The members of a request that say something about its client. */
type ClientInBody = {
  device_token?: string | undefined
  remember?: boolean | undefined
  trust_device?: boolean | undefined
}

const notInBody = (path: string) => invalidMember(path, 'not_in_cookie_mode')

// The scheme is case-insensitive (RFC 9110 §11.1). The token follows, and nothing after it (RFC 6750 §2.1).
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const longestHeader = 4096

// What programs send that have no token. A header of another scheme, such as that of a proxy with a password, is not ours either.
const noToken = /^bearer(?: +(?:undefined|null)?)?$/i

const isBearerToken = (value: string) => /^bearer\b/i.test(value) && !noToken.test(value)

/** Whether a header holds a Bearer token, be it valid or not. */
export function hasBearerToken(request: RequestHead): boolean {
  const { authorization } = request.headers
  if (offeredTokens(request).some(isBearerToken)) return true
  if (authorization === undefined) return false
  // Nearly every client sends one header, and this runs for every request. The others are read only if that one holds no token.
  return isBearerToken(authorization) || headerValues(request, 'authorization').some(isBearerToken)
}

/**
 * The access token of the Authorization header, or of a subprotocol of a websocket. Undefined if there is neither. Ends in `invalid_token`
 * if there are two, or if it is malformed.
 */
export function bearerToken(request: RequestHead): string | undefined {
  const offered = offeredTokens(request)
  if (offered.length > 0) hideOfferedTokens(request)
  const [header, ...others] = [...headerValues(request, 'authorization'), ...offered]
  if (header === undefined) return undefined
  const token = header.length <= longestHeader ? bearer.exec(header)?.[1] : undefined
  if (others.length > 0 || token === undefined) throw new AppError('invalid_token')
  return token
}

export type TokenTransport = {
  /**
   * The mode of the request: that of its X-Auth-Mode header, else bearer mode if it has a Bearer token, else cookie mode if it has a cookie of
   * ours. Ends in `csrf_rejected` if another site may have made an unsafe request in cookie mode, or in `two_credentials` if a request asks
   * for cookie mode and has a Bearer token.
   */
  readonly modeOf: (request: RequestHead) => Mode
  /**
   * The access token of the request, or undefined. Ends in `invalid_token` if the header or the cookie is doubled or malformed, or in
   * `csrf_rejected`.
   */
  readonly accessToken: (request: RequestHead) => string | undefined
  /**
   * The refresh token of the request, or undefined: from the cookie in cookie mode, else from the body. Ends in `csrf_rejected`, in
   * `invalid_refresh_token` if the cookie is doubled, or in `invalid_request` if a request in cookie mode has a token in its body.
   */
  readonly refreshToken: (
    request: RequestHead,
    inBody: string | undefined,
  ) => { readonly token: string; readonly mode: Mode } | undefined
  /**
   * The client that logs in. Ends in `csrf_rejected`, or in `invalid_request` if a request in cookie mode has a device token in its body.
   */
  readonly client: (request: FastifyRequest, body: ClientInBody) => Client
  /**
   * Sends tokens: in the body, or in cookies and then not in the body. The answer begins with `status` and `mode`, by which a client tells
   * it from others. It is never cached (RFC 6749 §5.1).
   */
  readonly send: <T extends Tokens>(reply: FastifyReply, mode: Mode, tokens: T) => Sent<T>
  /**
   * The same for a sign-in that may go on. If it does, the answer has the attempt, and in cookie mode the browser gets the cookie that goes with
   * it.
   */
  readonly sendSignIn: <T extends Tokens, R extends Required>(
    reply: FastifyReply,
    mode: Mode,
    result: SignIn<T, R>,
  ) => Sent<T> | SentRequired<R>
  /** The answer to a sign-in that goes on: the second part of `sendSignIn`. */
  readonly sendRequired: <R extends Required>(reply: FastifyReply, mode: Mode, required: R) => SentRequired<R>
  /** In cookie mode, sets the cookie of the trusted device. In bearer mode it does nothing. */
  readonly trustDevice: (reply: FastifyReply, mode: Mode, device: string) => void
  /** Clears the cookies of the session. */
  readonly forget: (reply: FastifyReply) => void
}

export function createTokenTransport({ cookies, gate }: { cookies: Cookies; gate: CsrfGate }): TokenTransport {
  const modeOf = (request: RequestHead): Mode => {
    if (asksForBearer(request)) return 'bearer'
    const hasToken = hasBearerToken(request)
    if (!asksForCookies(request) && (hasToken || !cookies.brought(request))) return 'bearer'
    if (hasToken) throw new AppError('two_credentials')
    gate.require(request)
    return 'cookie'
  }

  const fromCookie = (request: RequestHead, kind: 'access' | 'refresh'): string | undefined => {
    const cookie = cookies.read(request, kind)
    if (cookie !== 'doubled') return cookie?.value
    throw new AppError(kind === 'access' ? 'invalid_token' : 'invalid_refresh_token')
  }

  const setDevice = (reply: FastifyReply, value: string, maxAgeSeconds: number | undefined) =>
    cookies.set(reply, { kind: 'device', value, maxAgeSeconds }, gate.isCrossSite(reply.request))

  function send<T extends Tokens>(reply: FastifyReply, mode: Mode, tokens: T): Sent<T> {
    reply.header('cache-control', 'no-store')
    const { remembered, ...shown } = tokens
    if (mode === 'bearer') return { status: 'signed_in', mode, ...shown }
    const { access_token: access, refresh_token: refresh, device_token: device, token_type: _, ...rest } = shown
    const lifeOf = (seconds: number) => (remembered ? seconds : undefined)
    const crossSite = gate.isCrossSite(reply.request)
    cookies.set(reply, { kind: 'access', value: access, maxAgeSeconds: lifeOf(tokens.expires_in) }, crossSite)
    cookies.set(reply, { kind: 'refresh', value: refresh, maxAgeSeconds: lifeOf(tokens.refresh_expires_in) }, crossSite)
    if (device !== undefined) setDevice(reply, device, lifeOf(longestCookieSeconds))
    return { status: 'signed_in', mode, ...rest }
  }

  function sendRequired<R extends Required>(reply: FastifyReply, mode: Mode, required: R): SentRequired<R> {
    reply.header('cache-control', 'no-store')
    const { binding, expiresIn, ...shown } = required
    if (mode === 'cookie' && binding !== undefined) {
      const cookie = { kind: 'attempt', value: binding, maxAgeSeconds: expiresIn } as const
      cookies.set(reply, cookie, gate.isCrossSite(reply.request))
    }
    return { status: 'factor_required', ...shown, expires_in: expiresIn }
  }

  return {
    modeOf,

    accessToken: (request) => (modeOf(request) === 'bearer' ? bearerToken(request) : fromCookie(request, 'access')),

    refreshToken(request, inBody) {
      const mode = modeOf(request)
      if (mode === 'cookie' && inBody !== undefined) throw notInBody('/refresh_token')
      const token = mode === 'cookie' ? fromCookie(request, 'refresh') : inBody
      return token === undefined ? undefined : { token, mode }
    },

    client(request, { device_token: deviceInBody, remember = true, trust_device: trustsDevice = false }) {
      const mode = modeOf(request)
      const common = { mode, remembered: remember, trustsDevice, context: contextOf(request) }
      if (mode === 'bearer') return { ...common, device: deviceInBody }
      if (deviceInBody !== undefined) throw notInBody('/device_token')
      // A doubled cookie must not keep the user out. The login replaces both.
      const single = (kind: 'refresh' | 'device' | 'attempt') => {
        const cookie = cookies.read(request, kind)
        return cookie === 'doubled' ? undefined : cookie?.value
      }
      return { ...common, previous: single('refresh'), device: single('device'), binding: single('attempt') }
    },

    send,

    sendSignIn: (reply, mode, result) =>
      result.status === 'signed_in' ? send(reply, mode, result.pair) : sendRequired(reply, mode, result.required),

    sendRequired,

    trustDevice(reply, mode, device) {
      if (mode === 'cookie') setDevice(reply, device, longestCookieSeconds)
    },

    forget: (reply) => cookies.clear(reply, gate.isCrossSite(reply.request)),
  }
}
