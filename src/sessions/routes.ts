/** POST /auth/refresh and /auth/logout; GET and DELETE /auth/sessions, DELETE /auth/sessions/{id}. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import { principalOf } from '../guard/principal.ts'
import { modeHeader } from '../http/browser/mode-header.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import { bodyErrors, cookieErrors, tokenErrors } from '../http/errors/problem.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { type Choice, endQuery } from './end-query.ts'
import type { EndSessions } from './end-sessions.ts'
import type { ListSessions } from './list-sessions.ts'
import type { Logout } from './logout.ts'
import type { Refresh, RefreshResult } from './refresh.ts'
import { sessionList } from './session-list.ts'

import { issued } from './token-pair.ts'

type Dependencies = {
  transport: TokenTransport
  refresh: Refresh
  logout: Logout
  verifyAccessToken: VerifyAccessToken
}

const tokenBody = z
  .strictObject({ refresh_token: z.string().min(1).max(512).optional().describe('In bearer mode.') })
  .meta({ id: 'RefreshTokenBody' })
  .optional()
type TokenBody = z.infer<typeof tokenBody>
const sessionId = z.uuid()

/** For everybody: these are how one comes to have an access token, or stops having one. */
export function sessionRoutes(app: App, { transport, refresh, logout, verifyAccessToken }: Dependencies): void {
  app.route({
    method: 'POST',
    url: '/auth/refresh',
    config: { shed: 'last' },
    schema: {
      operationId: 'refresh',
      summary: 'Exchange a refresh token for the next pair',
      description:
        'Where the answer was lost, send the same request again: it gets the same successor, or a new one in its ' +
        'place. Presenting a token whose successor has been used ends the session.',
      tags: ['Sessions'],
      security: [{}, { refreshCookie: [] }],
      headers: modeHeader,
      body: tokenBody,
      response: { 200: issued },
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
        'Ends the session of the access token in the header, of the refresh token in the body, or of both; in cookie ' +
        'mode, of the cookies. An expired access token beside a refresh token does not matter. Logging out twice is ' +
        'logging out once.',
      tags: ['Sessions'],
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
    // A client that is gone will repeat the request: done now, this one might look like a theft after that one.
    if (request.raw.socket.destroyed) throw new AppError('request_timeout')
    const result = await refresh(presented.token, presented.mode, contextOf(request))
    logOutcome(request.log, result)
    if (!('pair' in result)) throw new AppError('invalid_refresh_token')
    return transport.send(reply, presented.mode, result.pair)
  }

  async function onLogout(request: FastifyRequest<{ Body: TokenBody }>, reply: FastifyReply) {
    const mode = transport.modeOf(request)
    // First, so that the cookies go even where they are refused.
    if (mode === 'cookie') transport.forget(reply)
    const presented = transport.refreshToken(request, request.body?.refresh_token)
    const accessToken = transport.accessToken(request)
    if (mode === 'bearer' && !presented && accessToken === undefined) throw new AppError('authentication_required')
    // Beside a refresh token, an access token may have expired; cookies may be anything, and go all the same.
    const mayBeInvalid = mode === 'cookie' || presented !== undefined
    const accessTokenSessionId = accessToken && sessionOf(accessToken, { mayBeInvalid })
    const ended = await logout({ accessTokenSessionId, refresh: presented, context: contextOf(request) })
    if (ended.length === 0 && mode === 'bearer') throw new AppError('invalid_refresh_token')
    return reply.code(204).send()
  }

  function missingRefreshToken(request: FastifyRequest) {
    if (transport.modeOf(request) === 'cookie') return new AppError('invalid_refresh_token')
    return new AppError('invalid_request', { errors: [{ path: '/refresh_token', message: 'is required' }] })
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

/** For the signed-in: the devices they are logged in on. */
export function sessionListRoutes(app: App, { transport, listSessions, endSessions }: DevicesDependencies): void {
  const security = [{ accessToken: [] }, { accessCookie: [] }]
  const endErrors = [...tokenErrors, ...bodyErrors, ...cookieErrors, 'database_unavailable'] as const

  app.route({
    method: 'GET',
    url: '/auth/sessions',
    schema: {
      operationId: 'listSessions',
      summary: 'The devices you are logged in on',
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
      summary: 'Sign out one device',
      description: 'An id that is not one of your live sessions is not found, whatever else it may be.',
      tags: ['Sessions'],
      security,
      params: z.object({ id: z.string() }),
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
      summary: 'Sign out all other devices',
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

/** Everything but the ordinary is worth a line: a theft, and a database that has lost writes, most of all. */
function logOutcome(log: FastifyBaseLogger, result: RefreshResult) {
  if (result.outcome === 'rotated') return
  const { outcome } = result
  const line = { outcome, ...('sessionId' in result ? { sid: result.sessionId } : {}) }
  if (outcome === 'ahead') log.error(line, 'a refresh token is ahead of its session: the database has lost writes')
  else if (outcome === 'reused') log.warn(line, 'a refresh token was used twice: its session has ended')
  else log.info(line, 'refresh')
}
