/**
 * How tokens travel between client and server; the only file that knows. A request's token comes from exactly one
 * place, and two of a kind are refused rather than chosen from.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'

// RFC 9110 §11.1: the scheme is case-insensitive. RFC 6750 §2.1: then the token, and nothing after it.
const bearer = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i
const longestHeader = 4096

/**
 * The access token a request presents, or undefined where it presents no credentials at all.
 * Ends in `invalid_token` where the header is doubled, of another scheme, or malformed.
 */
export function readAccessToken(request: FastifyRequest): string | undefined {
  const [header, ...others] = headerValues(request, 'authorization')
  if (header === undefined) return undefined
  const token = header.length <= longestHeader ? bearer.exec(header)?.[1] : undefined
  if (others.length > 0 || token === undefined) throw new AppError('invalid_token')
  return token
}

/** Every value that a header was sent with. `request.headers` keeps the first of two Authorization headers only. */
function headerValues({ raw }: FastifyRequest, name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < raw.rawHeaders.length; i += 2) {
    if (raw.rawHeaders[i]?.toLowerCase() === name) values.push(raw.rawHeaders[i + 1] ?? '')
  }
  return values
}

/** Answers with a token pair, as JSON. RFC 6749 §5.1: never cached. */
export function sendTokenPair<Pair>(reply: FastifyReply, pair: Pair): Pair {
  reply.header('cache-control', 'no-store')
  return pair
}
