/** `@countersign/verify/fastify`: a plugin that adds `app.authenticate()` for routes, and sets `request.principal`. */

import type { FastifyPluginAsync, FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { AppError } from '../../../src/errors.ts'
import { setPrincipal } from '../../../src/guard/principal.ts'
import type { GuardOptions, VerifyOptions } from './contract.ts'
import { createIdentification } from './identify.ts'
import { refusalHeaders } from './refusal-answer.ts'

export { principalOf } from '../../../src/guard/principal.ts'
export type { Principal } from '../../../src/tokens/principal.ts'
export type PluginOptions = GuardOptions

declare module 'fastify' {
  interface FastifyInstance {
    /** Returns an onRequest hook that lets a request with a valid access token through. */
    authenticate(options?: VerifyOptions): onRequestAsyncHookHandler
  }
}

const plugin: FastifyPluginAsync<PluginOptions> = async (app, options) => {
  const { verifier, identify } = createIdentification(options, (about, text) => app.log.warn(about, text))

  app.decorateRequest('principal', null)
  app.decorate('authenticate', (how = {}) => {
    return async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      try {
        setPrincipal(request, await identify(request, how))
      } catch (error) {
        if (error instanceof AppError) reply.headers(refusalHeaders(error))
        throw error
      }
    }
  })
  app.decorate('signalFor', verifier.signalFor)
  // Before the app waits for its connections, because those that stay open close by their signals.
  app.addHook('preClose', () => verifier.close())
}

/**
 * Decorates the app with `authenticate` and requests with `principal`. A refused request ends in an Error with `statusCode`
 * and `code`, which the app's own error handler gets:
 * - 401 `authentication_required`, `invalid_token`, `token_expired` or `token_revoked`; the challenge of RFC 6750 §3 is set on the reply.
 * - 401 `reauthentication_required`, with `maxAgeSeconds` only, and `second_factor_required`, with `factors` only; the challenge of
 *   RFC 9470 §3 is set.
 * - 400 `two_credentials` and 403 `csrf_rejected`, with `spaOrigins` only.
 * - 503 `not_ready`; Retry-After is set.
 *
 * Throws TypeError for invalid options.
 */
// These are the properties that the package fastify-plugin sets, so this package does not depend on it.
export const countersign: FastifyPluginAsync<PluginOptions> = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'countersign',
  [Symbol.for('plugin-meta')]: { name: 'countersign', fastify: '5.x' },
})
