/** POST /auth/refresh and /auth/logout; GET and DELETE /auth/sessions, DELETE /auth/sessions/{id}. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { StallDetector } from '../clock/stall-detector.ts'
import { AppError, invalidMember } from '../errors.ts'
import { principalOf } from '../guard/principal.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import { refreshTokenExample } from '../tokens/refresh-token.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { type Choice, endQuery } from './end-query.ts'
import type { EndSessions } from './end-sessions.ts'
import type { ListSessions } from './list-sessions.ts'
import type { Logout } from './logout.ts'
import type { Refresh, RefreshResult } from './refresh.ts'
import { sessionList } from './session-list.ts'

import { signedIn } from './token-pair.ts'

type Dependencies = {
  transport: TokenTransport
  refresh: Refresh
  logout: Logout
  verifyAccessToken: VerifyAccessToken
  stalls: Pick<StallDetector, 'settled'>
}

const tokenBody = z
  .strictObject({
    refresh_token: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('In bearer mode.')
      .meta({ examples: [refreshTokenExample] }),
  })
  .nullable()
  .meta({
    id: 'RefreshTokenBody',
    description: 'Null is the same as no body. In cookie mode the token is in a cookie.',
  })
  .optional()
type TokenBody = z.infer<typeof tokenBody>
const sessionId = z.uuid()

/** For requests without a sign-in: the client may have no valid access token. */
export function sessionRoutes(app: App, dependencies: Dependencies): void {
  const { transport, refresh, logout, verifyAccessToken, stalls } = dependencies

  app.route({
    method: 'POST',
    url: '/auth/refresh',
    config: { shed: 'last' },
    schema: {
      operationId: 'refresh',
      summary: 'Exchange a refresh token for the next pair',
      description:
        'If the answer was lost, send the same request again. It gets the same successor, or a second one beside it. A token whose ' +
        'successor has been used ends the session.',
      tags: ['Sign in'],
      security: [{}, { refreshCookie: [] }],
      headers: modeHeader,
      body: tokenBody,
      response: { 200: signedIn },
      'x-sets-cookies': true,
      'x-errors': [...bodyErrors, ...cookieErrors, 'invalid_refresh_token', 'not_ready', 'database_unavailable'],
    },
    handler: onRefresh,
  })

  app.route({
    method: 'POST',
    url: '/auth/logout',
    config: { shed: 'last' },
    schema: {
      operationId: 'logout',
      summary: 'Log out',
      description:
        'Ends the session of the access token in the header and that of the refresh token in the body. In cookie mode it ends the ' +
        'session of the cookies. An expired access token beside a refresh token is ignored. A repeated logout changes nothing.',
      tags: ['Sign in'],
      security: [{}, { accessToken: [] }, { refreshCookie: [] }],
      headers: modeHeader,
      body: tokenBody,
      response: { 204: z.undefined().describe('The session has ended.') },
      'x-sets-cookies': true,
      'x-errors': [
        ...bodyErrors,
        ...cookieErrors,
        'authentication_required',
        'invalid_token',
        'token_expired',
        'invalid_refresh_token',
        'not_ready',
        'database_unavailable',
      ],
    },
    handler: onLogout,
  })

  async function onRefresh(request: FastifyRequest<{ Body: TokenBody }>, reply: FastifyReply) {
    const presented = transport.refreshToken(request, request.body?.refresh_token)
    if (!presented) throw missingRefreshToken(request)
    // A client that has left will repeat the request. If this one were carried out after that, it could look like a theft. After a
    // standstill, many clients have left, and the process has not read yet that they did.
    await stalls.settled()
    if (request.raw.socket.destroyed) throw new AppError('request_timeout')
    const result = await refresh(presented.token, presented.mode, contextOf(request))
    logOutcome(request.log, result)
    if (!('pair' in result)) throw new AppError('invalid_refresh_token')
    return transport.send(reply, presented.mode, result.pair)
  }

  async function onLogout(request: FastifyRequest<{ Body: TokenBody }>, reply: FastifyReply) {
    const mode = transport.modeOf(request)
    const inBody = request.body?.refresh_token
    // The cookies are cleared first, so that they go even if the tokens in them are refused. A request in cookie mode with a
    // token in its body is an error of the client, and loses nothing.
    if (mode === 'cookie' && inBody === undefined) transport.forget(reply)
    const presented = transport.refreshToken(request, inBody)
    const accessToken = transport.accessToken(request)
    if (mode === 'bearer' && !presented && accessToken === undefined) throw new AppError('authentication_required')
    // An access token beside a refresh token may have expired. In cookie mode the cookies are cleared, whatever they hold.
    const mayBeInvalid = mode === 'cookie' || presented !== undefined
    const accessTokenSessionId = accessToken && sessionOf(accessToken, { mayBeInvalid })
    const ended = await logout({ accessTokenSessionId, refresh: presented, context: contextOf(request) })
    if (ended.length === 0 && mode === 'bearer') throw new AppError('invalid_refresh_token')
    return reply.code(204).send()
  }

  function missingRefreshToken(request: FastifyRequest) {
    if (transport.modeOf(request) === 'cookie') return new AppError('invalid_refresh_token')
    return invalidMember('/refresh_token', 'required')
  }

  function sessionOf(accessToken: string, { mayBeInvalid }: { mayBeInvalid: boolean }) {
    try {
      return verifyAccessToken(accessToken).sessionId
    } catch (error) {
      if (mayBeInvalid) return undefined
      throw error
    }
  }
}

type DevicesDependencies = { transport: TokenTransport; listSessions: ListSessions; endSessions: EndSessions }

/** For signed-in users: the list of their sessions. */
export function sessionListRoutes(app: App, { transport, listSessions, endSessions }: DevicesDependencies): void {
  const security = [{ accessToken: [] }, { accessCookie: [] }]
  const endErrors = [...tokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'] as const

  app.route({
    method: 'GET',
    url: '/auth/sessions',
    schema: {
      operationId: 'listSessions',
      summary: 'List your sessions',
      description: 'Each session is one sign-in on one device. The session of this request comes first.',
      tags: ['Sessions'],
      security,
      response: { 200: sessionList },
      'x-errors': [...tokenErrors, 'database_unavailable'],
    },
    handler: (request) => listSessions(principalOf(request)),
  })

  app.route({
    method: 'DELETE',
    url: '/auth/sessions/:id',
    schema: {
      operationId: 'endSession',
      summary: 'End one session',
      description: 'The answer is 404 for every id that is not one of your live sessions.',
      tags: ['Sessions'],
      security,
      params: z.object({ id: z.string().meta({ examples: ['0190a5b6-8d4e-7f50-9b2c-3d4e5f607182'] }) }),
      response: { 204: z.undefined().describe('The session has ended.') },
      'x-sets-cookies': true,
      'x-errors': [...endErrors, 'not_found', 'uri_too_long'],
    },
    handler: (request, reply) => {
      const id = sessionId.safeParse(request.params.id)
      if (!id.success) throw new AppError('not_found')
      return end(request, reply, { id: id.data })
    },
  })

  app.route({
    method: 'DELETE',
    url: '/auth/sessions',
    schema: {
      operationId: 'endSessions',
      summary: 'End all other sessions, or all',
      description:
        'Signs the user out on all other devices, or with `scope=all` on this one too. Their access tokens stop working within a second.',
      tags: ['Sessions'],
      security,
      querystring: endQuery,
      response: { 204: z.undefined().describe('The sessions have ended.') },
      'x-sets-cookies': true,
      'x-errors': endErrors,
    },
    handler: (request, reply) => end(request, reply, request.query.scope),
  })

  async function end(request: FastifyRequest, reply: FastifyReply, choice: Choice) {
    const { endedCurrent } = await endSessions(principalOf(request), choice, contextOf(request))
    if (endedCurrent && transport.modeOf(request) === 'cookie') transport.forget(reply)
    return reply.code(204).send()
  }
}

/** Logs every outcome but the usual one, above all a theft and a database that has lost writes. */
function logOutcome(log: FastifyBaseLogger, result: RefreshResult) {
  if (result.outcome === 'rotated') return
  const { outcome } = result
  const line = { outcome, ...('sessionId' in result ? { sid: result.sessionId } : {}) }
  if (outcome === 'ahead') log.error(line, 'a refresh token is ahead of its session: the database has lost writes')
  else if (outcome === 'reused') log.warn(line, 'a refresh token was used twice: its session has ended')
  else log.info(line, 'refresh')
}
