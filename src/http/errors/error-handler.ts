/** Turns whatever went wrong into one of the catalogue's failures. Nothing unexpected is told to a client. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { AppError, catalogue, type ErrorCode } from '../../errors.ts'
import { type ErrorForm, problemForm } from './problem.ts'

const fromFastify: Partial<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_HANDLER_TIMEOUT: 'overloaded',
}

/** The failure to tell the client. Whatever is not foreseen is `internal_error`, with the original as its cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code = '', statusCode } = (error ?? {}) as Partial<FastifyError>
  const known = fromFastify[code]
  if (known) return new AppError(known, { cause: error, ...(known === 'overloaded' ? { retryAfterSeconds: 1 } : {}) })
  // Parsers throw 400s of their own (JSON with a forbidden __proto__ member, say). Before the database's, because a client
  // that goes away in the middle of its body is an ECONNRESET as well.
  if (statusCode === 400) return new AppError('malformed_body', { cause: error })
  if (isDatabaseUnavailable(error)) return new AppError('database_unavailable', { retryAfterSeconds: 1, cause: error })
  return new AppError('internal_error', { cause: error })
}

// RFC 6750 §3.1: no error code where the request carried no credentials. Of ours, these two have one of OAuth's.
const bearerErrors: Partial<Record<ErrorCode, string>> = {
  invalid_token: 'invalid_token',
  // RFC 9470 §3.
  reauthentication_required: 'insufficient_user_authentication',
}

/** What a 401 asks for, in the value of WWW-Authenticate. */
export function challenge({ code, maxAgeSeconds }: AppError): string {
  // RFC 6749 §5.2: the challenge is for the scheme that the client should have used.
  if (code === 'invalid_client') return 'Basic realm="countersign", charset="UTF-8"'
  const error = bearerErrors[code]
  const about = error ? [`error="${error}"`, `error_description="${catalogue[code].detail}"`] : []
  const age = maxAgeSeconds === undefined ? [] : [`max_age="${maxAgeSeconds}"`]
  return `Bearer ${['realm="countersign"', ...about, ...age].join(', ')}`
}

function send(error: AppError, request: FastifyRequest, reply: FastifyReply, { type, write }: ErrorForm) {
  const { status } = catalogue[error.code]
  if (status === 401) reply.header('www-authenticate', challenge(error))
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  if (error.limit !== undefined) {
    const reset = error.retryAfterSeconds ?? 0
    reply.headers({ 'ratelimit-limit': error.limit, 'ratelimit-remaining': 0, 'ratelimit-reset': reset })
  }
  if (status === 413 || status === 408) reply.header('connection', 'close')
  return reply.code(status).type(type).serializer(JSON.stringify).send(write(error, request.id))
}

/** An error handler that logs what went wrong and answers with it, in this form. */
export function createOnError(form: ErrorForm) {
  return function onErrorInForm(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = toAppError(thrown)
    // What is refused on purpose has no cause. Its line is the request's: a storm must not fill the log with stacks.
    const isFault =
      catalogue[error.code].status >= 500 && (error.cause !== undefined || error.code === 'internal_error')
    if (isFault) request.log.error({ err: error.cause ?? error }, error.code)
    else request.log.debug({ err: error.cause ?? error }, error.code)
    return send(error, request, reply, form)
  }
}

/** Answers a request with what went wrong, as a problem document. */
export const onError = createOnError(problemForm)

/** Failures of every route, and of addresses that have none. */
export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler(onError)
  app.setNotFoundHandler((request, reply) => send(new AppError('not_found'), request, reply, problemForm))
}
