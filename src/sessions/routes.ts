/** POST /auth/login, /auth/refresh and /auth/logout. */
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { credentials } from '../accounts/account.ts'
import { AppError } from '../errors.ts'
import { readAccessToken, sendTokenPair } from '../http/credentials.ts'
import { bodyErrors } from '../http/problem.ts'
import type { App } from '../http/server.ts'
import type { VerifyAccessToken } from '../verification/verify-access-token.ts'
import type { Login } from './login.ts'
import type { Logout } from './logout.ts'
import type { Refresh, RefreshResult } from './refresh.ts'
import { tokenPair } from './token-pair.ts'

type Given = { login: Login; refresh: Refresh; logout: Logout; verifyAccessToken: VerifyAccessToken }

const refreshToken = z.string().min(1).max(512)
const refreshBody = z.strictObject({ refresh_token: refreshToken }).meta({ id: 'RefreshRequest' })
const logoutBody = z.strictObject({ refresh_token: refreshToken.optional() }).meta({ id: 'LogoutRequest' })

/** For everybody: these are how one comes to have an access token, or stops having one. */
export function sessionRoutes(app: App, { login, refresh, logout, verifyAccessToken }: Given): void {
  app.route({
    method: 'POST',
    url: '/auth/login',
    schema: {
      operationId: 'login',
      summary: 'Log in',
      description: 'Begins a session. An unknown email and a wrong password answer alike.',
      tags: ['Sessions'],
      security: [],
      body: credentials,
      response: { 200: tokenPair },
      'x-errors': [...bodyErrors, 'invalid_credentials', 'account_disabled', 'database_unavailable'],
    },
    handler: async (request, reply) => sendTokenPair(reply, await login(request.body)),
  })

  app.route({
    method: 'POST',
    url: '/auth/refresh',
    schema: {
      operationId: 'refresh',
      summary: 'Exchange a refresh token for the next pair',
      description:
        'Where the answer was lost, send the same request again: it gets the same successor, or a new one in its ' +
        'place. Presenting a token whose successor has been used ends the session.',
      tags: ['Sessions'],
      security: [],
      body: refreshBody,
      response: { 200: tokenPair },
      'x-errors': [...bodyErrors, 'invalid_refresh_token', 'not_ready', 'database_unavailable'],
    },
    handler: async (request, reply) => {
      // A client that is gone will repeat the request: done now, this one might look like a theft after that one.
      if (request.raw.socket.destroyed) throw new AppError('request_timeout')
      const result = await refresh(request.body.refresh_token)
      logOutcome(request.log, result)
      if (!('pair' in result)) throw new AppError('invalid_refresh_token')
      return sendTokenPair(reply, result.pair)
    },
  })

  app.route({
    method: 'POST',
    url: '/auth/logout',
    schema: {
      operationId: 'logout',
      summary: 'Log out',
      description:
        'Ends the session of the access token in the header, of the refresh token in the body, or of both. An expired ' +
        'access token beside a refresh token does not matter. Logging out twice is logging out once.',
      tags: ['Sessions'],
      security: [{}, { accessToken: [] }],
      body: logoutBody.optional(),
      response: { 204: z.undefined().describe('The session has ended.') },
      'x-errors': [
        ...bodyErrors,
        'authentication_required',
        'invalid_token',
        'invalid_refresh_token',
        'database_unavailable',
      ],
    },
    handler: onLogout,
  })

  async function onLogout(
    request: FastifyRequest<{ Body?: z.infer<typeof logoutBody> | undefined }>,
    reply: FastifyReply,
  ) {
    const token = request.body?.refresh_token
    const accessToken = readAccessToken(request)
    if (token === undefined && accessToken === undefined) throw new AppError('authentication_required')
    const accessTokenSessionId = accessToken && sessionOf(accessToken, { mayBeInvalid: token !== undefined })
    const ended = await logout({ accessTokenSessionId, refreshToken: token })
    if (ended.length === 0) throw new AppError('invalid_refresh_token')
    return reply.code(204).send()
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

/** Everything but the ordinary is worth a line: a theft, and a database that has lost writes, most of all. */
function logOutcome(log: FastifyBaseLogger, result: RefreshResult) {
  if (result.outcome === 'rotated') return
  const { outcome } = result
  const line = { outcome, ...('sessionId' in result ? { sid: result.sessionId } : {}) }
  if (outcome === 'ahead') log.error(line, 'a refresh token is ahead of its session: the database has lost writes')
  else if (outcome === 'reused') log.warn(line, 'a refresh token was used twice: its session has ended')
  else log.info(line, 'refresh')
}
