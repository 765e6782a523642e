/** The Fastify plugin of `@countersign/verify`. It adds `app.authenticate()` for routes, and sets `request.principal`. */
import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { parseSpaOrigin } from '../../../src/config/spa-origins.ts'
import { AppError } from '../../../src/errors.ts'
import { setPrincipal } from '../../../src/guard/principal.ts'
import { createAllowedOrigins } from '../../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../../src/http/browser/csrf.ts'
import { bearerToken, createTokenTransport } from '../../../src/http/browser/token-transport.ts'
import { challenge } from '../../../src/http/errors/challenge.ts'
import type { Principal } from '../../../src/tokens/verify-access-token.ts'
import { createLogErrors } from './log-errors.ts'
import { createVerifier, type VerifierOptions, type VerifyOptions } from './verifier.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns an onRequest hook that lets a request with a valid access token through. */
    authenticate(options?: VerifyOptions): onRequestAsyncHookHandler
  }
}

export type PluginOptions = VerifierOptions & {
  /**
   * Accepts the access cookie too, with the same check against cross-site request forgery as the server. The list holds the
   * allowed origins. It is of use only on the server's own host name, because browsers send the cookie nowhere else, or with `cookieDomain`.
   */
  spaOrigins?: readonly string[]
  /** The server's COOKIE_DOMAIN, if it has one. Then the access cookie also reaches the other hosts of that domain. */
  cookieDomain?: string
}

/**
 * Decorates the app with `authenticate` and requests with `principal`. A refused request ends in an Error with `statusCode`
 * and `code`, which the app's own error handler gets:
 * - 401 `authentication_required`, `invalid_token`, `token_expired` or `token_revoked`; the challenge of RFC 6750 §3 is set on the reply.
 * - 401 `reauthentication_required`, with `maxAgeSeconds` only; the challenge of RFC 9470 §3 is set.
 * - 403 `csrf_rejected`.
 * - 503 `not_ready`; Retry-After is set.
 *
 * Throws TypeError for invalid options.
 */
export const countersign = fastifyPlugin(
  async (app: FastifyInstance, { spaOrigins, cookieDomain, ...options }: PluginOptions) => {
    const onError = createLogErrors((about, text) => app.log.warn(about, text))
    const verifier = createVerifier({ onError, ...options })
    const accessToken = spaOrigins ? fromHeaderOrCookie(options.issuer, spaOrigins, cookieDomain) : bearerToken

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
    app.decorate('signalFor', verifier.signalFor)
    // Before the app waits for its connections, because those that stay open close by their signals.
    app.addHook('preClose', () => verifier.close())
  },
  { name: 'countersign', fastify: '5.x' },
)

function describe(error: AppError, reply: FastifyReply): void {
  const { statusCode, retryAfterSeconds } = error
  if (statusCode === 401) reply.header('www-authenticate', challenge(error))
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
}

function fromHeaderOrCookie(issuer: string, spaOrigins: readonly string[], cookieDomain: string | undefined) {
  const entries = spaOrigins.map((text) => {
    const entry = parseSpaOrigin(text)
    if (entry && !entry.crossSite && !entry.bearerOnly && entry.origin === text) return entry
    throw new TypeError('spaOrigins must be origins such as https://app.example.com or https://*.preview.example.com')
  })
  const gate = createCsrfGate(createAllowedOrigins(entries))
  const cookies = createCookies({ publicUrl: issuer, sameSite: 'strict', accessDomain: cookieDomain })
  return createTokenTransport({ cookies, gate }).accessToken
}
