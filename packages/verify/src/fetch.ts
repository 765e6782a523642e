/** `@countersign/verify/fetch`: for everything that handles a `Request` of the Fetch API, such as Hono, Bun, Deno and Workers. */

import { AppError } from '../../../src/errors.ts'
import type { RequestHead } from '../../../src/http/request-head.ts'
import type { Principal } from '../../../src/tokens/principal.ts'
import type { GuardOptions, Verifier, VerifyOptions } from './contract.ts'
import { createIdentification } from './identify.ts'
import { refusalAnswer } from './refusal-answer.ts'

export type { Principal } from '../../../src/tokens/principal.ts'
export type FetchOptions = GuardOptions

/** The parts of a context of Hono that are used here. */
type Context = { readonly req: { readonly raw: Request }; readonly set: (key: never, value: never) => void }
type HonoMiddleware = (context: Context, next: () => Promise<void>) => Promise<Response | undefined>

export type Countersign = Pick<Verifier, 'signalFor' | 'isReady' | 'revocations' | 'close'> & {
  /**
   * The principal of the request, or the Response that refuses it: a problem document (RFC 9457) with the challenge of RFC 6750 and the
   * status 401, 403 `csrf_rejected`, 400 `two_credentials` or 503 `not_ready`.
   */
  authenticate(request: Request, how?: VerifyOptions): Promise<Principal | Response>
  /** Returns middleware for Hono. It sets the variable `principal` of the context, and answers refused requests. */
  hono(how?: VerifyOptions): HonoMiddleware
}

/** Creates a verifier, and what handles requests with it. Throws TypeError for invalid options. */
export function countersign(options: FetchOptions): Countersign {
  const { verifier, identify } = createIdentification(options)
  const { signalFor, isReady, revocations, close } = verifier

  async function authenticate(request: Request, how: VerifyOptions = {}): Promise<Principal | Response> {
    try {
      return await identify(headOf(request), how)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { body, ...about } = refusalAnswer(error)
      return new Response(body, about)
    }
  }

  return {
    authenticate,
    hono: (how) =>
      async function authenticateInHono(context, next) {
        const principal = await authenticate(context.req.raw, how)
        if (principal instanceof Response) return principal
        const variables: { set(key: 'principal', value: Principal): void } = context
        variables.set('principal', principal)
        await next()
        return undefined
      },
    signalFor,
    isReady,
    revocations,
    close,
  }
}

/** The request as the checks read it. A Request joins headers of one name, and two Authorization headers are refused then too. */
function headOf({ method, headers: given, body }: Request): RequestHead {
  // HTTP/2 has no header that tells of a body.
  const headers = { ...Object.fromEntries(given), ...(body === null ? {} : { 'transfer-encoding': 'chunked' }) }
  return { method, headers, raw: { headers, rawHeaders: [...given].flat() } }
}
