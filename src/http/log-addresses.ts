/** Puts the address of the client into the log lines of its requests, and writes a line for each failed login. */
import type { FastifyError, FastifyInstance } from 'fastify'
import { AppError, type ErrorCode } from '../errors.ts'
import { plainAddress } from '../limits/client-address.ts'

/** Answers to a guess at a secret. A refusal by a rate limit is none, because many users may share an address. */
const guesses: ReadonlySet<ErrorCode> = new Set(['invalid_credentials', 'invalid_code', 'invalid_client'])

/** The text of the line that programs such as fail2ban look for. */
export const failedLogin = 'failed login'

/** Call it before every other hook. An address that a proxy garbled is left out, so that no text of a stranger takes its place. */
export function logAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const ip = plainAddress(request.ip)
    if (ip !== undefined) request.log = reply.log = request.log.child({ ip })
    done()
  })
  app.addHook('onError', (request, _reply, error: FastifyError | AppError, done) => {
    if (error instanceof AppError && guesses.has(error.code)) {
      request.log.info({ code: error.code, route: request.routeOptions.url }, failedLogin)
    }
    done()
  })
}
