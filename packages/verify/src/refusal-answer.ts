/** The answer to a request whose token is refused: the same problem document (RFC 9457) and the same headers as the server's. */
import type { AppError } from '../../../src/errors.ts'
import { challenge } from '../../../src/http/errors/challenge.ts'
import { problemType, toProblem } from '../../../src/http/errors/write-problem.ts'

/** The headers that explain the refusal: the challenge of RFC 6750 §3 or RFC 9470 §3 for a 401, and Retry-After. */
export function refusalHeaders(error: AppError): Record<string, string> {
  const { statusCode, retryAfterSeconds } = error
  return {
    ...(statusCode === 401 ? { 'www-authenticate': challenge(error) } : {}),
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  }
}

/** The whole answer. */
export const refusalAnswer = (error: AppError) => ({
  status: error.statusCode,
  headers: { 'content-type': problemType, ...refusalHeaders(error) },
  body: JSON.stringify(toProblem(error)),
})
