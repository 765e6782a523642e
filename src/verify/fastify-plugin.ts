/** The Fastify plugin of `countersign/verify`: `app.authenticate()` for routes, `request.principal` behind it. */
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { isWebOrigin } from '../config/setting-rules.ts'
import { AppError } from '../errors.ts'
import { setPrincipal } from '../guard/principal.ts'
import { createCookies } from '../http/browser/cookies.ts'
import { createCsrfGate } from '../http/browser/csrf.ts'
import { bearerToken, createTokenTransport } from '../http/browser/token-transport.ts'
import { challenge } from '../http/errors/error-handler.ts'
import type { Principal } from '../tokens/verify-access-token.ts'
import { createVerifier, type VerifierOptions, type VerifyOptions } from './verifier.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An onRequest hook that lets a request through with a valid access token. */
    authenticate(options?: VerifyOptions): onRequestAsyncHookHandler
  }
}

export type PluginOptions = VerifierOptions & {
  /**
   * Reads the access cookie too, from these origins and through the same gate against forgery as the server: for a service
   * behind the server's own host name, which is the only place where browsers send it.
   */
  spaOrigins?: readonly string[]
}

/**
 * Decorates the app with `authenticate` and requests with `principal`. A refused request ends in an Error with `statusCode`
 * and `code`, for the app's own error handler: 401 `authentication_required` or `invalid_token`, with the challenge of
 * RFC 6750 §3 set; with `maxAgeSeconds`, 401 `reauthentication_required`, with that of RFC 9470 §3; 403 `csrf_rejected`; or 503
 * `not_ready`, with Retry-After set. Throws TypeError for options that cannot be meant.
 */
export const countersign = fastifyPlugin(
  async (app: FastifyInstance, { spaOrigins, ...options }: PluginOptions) => {
    const onError = (err: Error) => app.log.warn({ err }, 'countersign')
    const verifier = createVerifier({ onError, ...options })
    const accessToken = spaOrigins ? fromHeaderOrCookie(options.issuer, spaOrigins) : bearerToken

    const identify = async (request: FastifyRequest, how: VerifyOptions): Promise<Principal> => {
      const token = accessToken(request)
      if (token === undefined) throw new AppError('authentication_required')
      return verifier.verify(token, how)
    }

    app.decorateRequest('principal', null)
    app.decorate('authenticate', (how = {}) => {
      return async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
        try {
          setPrincipal(request, await identify(request, how))
        } catch (error) {
          if (error instanceof AppError) describe(error, reply)
          throw error
        }
      }
    })
    app.addHook('onClose', () => verifier.close())
  },
  { name: 'countersign', fastify: '5.x' },
)

function describe(error: AppError, reply: FastifyReply): void {
  const { statusCode, retryAfterSeconds } = error
  if (statusCode === 401) reply.header('www-authenticate', challenge(error))
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
}

function fromHeaderOrCookie(issuer: string, spaOrigins: readonly string[]) {
  if (!spaOrigins.every(isWebOrigin)) throw new TypeError('spaOrigins must be origins such as https://app.example.com')
  const gate = createCsrfGate(spaOrigins.map((origin) => ({ origin, crossSite: false })))
  const cookies = createCookies({ secure: issuer.startsWith('https:'), sameSite: 'strict' })
  return createTokenTransport({ cookies, gate }).accessToken
}
