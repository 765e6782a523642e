/**
 * Authenticates the operator's services with HTTP Basic (RFC 7617) and SERVICE_CREDENTIALS. An unknown id and a wrong secret
 * get the same response in the same time. Memory holds only hashes of the secrets, and no secret is logged.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { headerValues } from '../http/header-values.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The id of the service that sent the request, where `requireService` stands. */
    serviceId?: string
  }
}

export type ServiceCredential = { readonly id: string; readonly secret: string }

const basic = /^Basic +([A-Za-z0-9+/]+={0,2})$/i
const longestHeader = 4096

const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** Decodes a form-encoded text. Returns the text itself if it is not form-encoded. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/**
 * The id and secret of a request. RFC 6749 §2.3.1 form-encodes both, but many clients do not. So the secret is returned in
 * both readings.
 */
function readBasic(request: FastifyRequest): { id: string; secrets: readonly string[] } | undefined {
  const [header = '', ...others] = headerValues(request, 'authorization')
  const [, encoded = ''] = (header.length <= longestHeader && basic.exec(header)) || []
  if (others.length > 0 || encoded === '') return undefined
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  if (id === undefined || rest.length === 0) return undefined
  const secret = rest.join(':')
  return { id: formDecode(id), secrets: [secret, formDecode(secret)] }
}

export type ServiceAuth = {
  /**
   * An onRequest hook for routes of services. A request without a valid credential ends in `invalid_client`: 401 with the
   * challenge of RFC 7617 §2.
   */
  requireService: (request: FastifyRequest) => Promise<void>
  /** An onRequest hook for routes that need no credential. A wrong credential ends in `invalid_client` there too. */
  checkOfferedService: (request: FastifyRequest) => Promise<void>
  /** Whether the request has a valid credential, for routes that tell services more. */
  isService: (request: FastifyRequest) => Promise<boolean>
}

export function createServiceAuth(credentials: readonly ServiceCredential[]): ServiceAuth {
  const hashes = new Map(credentials.map(({ id, secret }) => [id, sha256(secret)]))
  // An unknown id is compared with random bytes, so that it takes as long as a wrong secret. No secret has this hash.
  const unknown = randomBytes(32)

  async function requireService(request: FastifyRequest): Promise<void> {
    const presented = readBasic(request)
    if (!presented) throw new AppError('invalid_client')
    const stored = hashes.get(presented.id) ?? unknown
    const matches = presented.secrets.map((secret) => timingSafeEqual(sha256(secret), stored))
    if (!matches.includes(true)) throw new AppError('invalid_client')
    request.serviceId = presented.id
  }

  async function checkOfferedService(request: FastifyRequest): Promise<void> {
    const offered = headerValues(request, 'authorization').some((value) => /^Basic(\s|$)/i.test(value))
    if (offered) await requireService(request)
  }

  const isService = (request: FastifyRequest) =>
    requireService(request).then(
      () => true,
      () => false,
    )

  return { requireService, checkOfferedService, isService }
}
