/** `@countersign/verify/express`: middleware for Express 4 and 5, Connect, and other frameworks on Node that call `next`. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { AppError } from '../../../src/errors.ts'
import type { Principal } from '../../../src/tokens/principal.ts'
import type { GuardOptions, Verifier, VerifyOptions } from './contract.ts'
import { createIdentification } from './identify.ts'
import { refusalAnswer } from './refusal-answer.ts'

export type { Principal } from '../../../src/tokens/principal.ts'

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the types of Express are extended in this way
  namespace Express {
    interface Request {
      /** Set after `authenticate`. */
      principal?: Principal
    }
  }
}

export type MiddlewareOptions = GuardOptions & {
  /** Hands a refusal to `next` as an Error with `statusCode`, `code` and `headers`, instead of answering it. Default: false. */
  passErrors?: boolean
}

type Incoming = IncomingMessage & { principal?: Principal }
type Next = (error?: unknown) => void
type Middleware = (request: Incoming, response: ServerResponse, next: Next) => void

export type Countersign = Pick<Verifier, 'signalFor' | 'isReady' | 'revocations' | 'close'> & {
  /**
   * Returns middleware that lets a request with a valid access token through and sets `request.principal`. It answers others with a problem
   * document (RFC 9457) and the challenge of RFC 6750: 401, 403 `csrf_rejected`, 400 `two_credentials` or 503 `not_ready`.
   */
  authenticate(how?: VerifyOptions): Middleware
}

/** Creates a verifier, and middleware for it. Throws TypeError for invalid options. */
export function countersign({ passErrors = false, ...options }: MiddlewareOptions): Countersign {
  const { verifier, identify } = createIdentification(options)
  const { signalFor, isReady, revocations, close } = verifier

  const refuse = (error: unknown, response: ServerResponse, next: Next): void => {
    if (!(error instanceof AppError)) return next(error)
    const { status, headers, body } = refusalAnswer(error)
    if (passErrors) return next(Object.assign(error, { headers }))
    response.writeHead(status, headers).end(body)
  }

  async function run(request: Incoming, response: ServerResponse, next: Next, how: VerifyOptions): Promise<void> {
    const { method = 'GET', headers } = request
    try {
      request.principal = await identify({ method, headers, raw: request }, how)
    } catch (error) {
      return refuse(error, response, next)
    }
    next()
  }

  return {
    authenticate: (how = {}) =>
      function authenticate(request, response, next) {
        void run(request, response, next, how)
      },
    signalFor,
    isReady,
    revocations,
    close,
  }
}

/** The principal of a request that passed `authenticate`. Throws on a route without it, which is a bug of the service. */
export function principalOf(request: object): Principal {
  const { principal }: { principal?: Principal } = request
  if (!principal) throw new Error('this route reads the principal, but does not use authenticate()')
  return principal
}
