/** Turns every error into one of the catalogue. A client learns nothing about an unexpected error. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isDatabaseUnavailable } from '../../database/unavailable.ts'
import { AppError, catalogue, type ErrorCode } from '../../errors.ts'
import { asksForHtml } from '../html.ts'
import { challenge } from './challenge.ts'
import { type ErrorForm, problemForm } from './write-problem.ts'

const fromFastify: Partial<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  FST_ERR_HANDLER_TIMEOUT: 'overloaded',
}

// @fastify/static refuses paths, ranges and conditions with errors of these statuses. It refuses a path that leads out of its folder
// with 403. There is nothing for anyone, so the client gets 404.
const fromStatus: Partial<Record<number, ErrorCode>> = {
  403: 'not_found',
  404: 'not_found',
  412: 'precondition_failed',
  416: 'range_not_satisfiable',
}

/** The error for the client. An unexpected error becomes `internal_error`, with the original as its cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code = '', statusCode } = (error ?? {}) as Partial<FastifyError>
  const known = fromFastify[code]
  if (known) return new AppError(known, { cause: error, ...(known === 'overloaded' ? { retryAfterSeconds: 1 } : {}) })
  // Parsers throw errors with status 400, for example for a __proto__ member. This check comes before the one for the database, because
  // a client that leaves in the middle of its body is an ECONNRESET too.
  if (statusCode === 400) return new AppError('malformed_body', { cause: error })
  const refusal = fromStatus[statusCode ?? 0]
  if (refusal) return new AppError(refusal, { cause: error })
  if (isDatabaseUnavailable(error)) return new AppError('database_unavailable', { retryAfterSeconds: 1, cause: error })
  return new AppError('internal_error', { cause: error })
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

/** An error handler that logs the error and answers in this form. */
export function createOnError(form: ErrorForm): typeof onError {
  return function onErrorInForm(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const error = toAppError(thrown)
    // A deliberate refusal has no cause. It has no log line of its own, so that a storm does not fill the log with stacks.
    const isFault =
      catalogue[error.code].status >= 500 && (error.cause !== undefined || error.code === 'internal_error')
    if (isFault) request.log.error({ err: error.cause ?? error }, error.code)
    else request.log.debug({ err: error.cause ?? error }, error.code)
    return send(error, request, reply, form)
  }
}

/** Logs the error and answers with a problem document. */
export const onError: (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply =
  createOnError(problemForm)

/** A page for browsers that ask for something that does not exist, and its policy. */
export type NotFoundPage = { readonly html: string; readonly policy: string }

/** Handles the errors of every route, and requests without a route. */
export function handleErrors(app: FastifyInstance, page?: NotFoundPage): void {
  app.setErrorHandler(onError)
  app.setNotFoundHandler((request, reply) => {
    if (!page || !asksForHtml(request)) return send(new AppError('not_found'), request, reply, problemForm)
    const { html, policy } = page
    return reply.code(404).type('text/html; charset=utf-8').header('content-security-policy', policy).send(html)
  })
}
