/**
 * Which of the operator's services is asking: HTTP Basic (RFC 7617) against the configured credentials. An unknown id and
 * a wrong secret differ neither in the answer nor in its time. Secrets are kept as hashes, and none is ever logged.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { headerValues } from '../http/browser/token-transport.ts'

export type ServiceCredential = { readonly id: string; readonly secret: string }

const basic = /^Basic +([A-Za-z0-9+/]+={0,2})$/i
const longestHeader = 4096

const sha256 = (text: string) => createHash('sha256').update(text).digest()

/** What the text stands for in a form, or the text itself where it cannot be one. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** Id and secret of a request, the secret as it stands and as RFC 6749 §2.3.1 has it: encoded as in a form. */
function readBasic(request: FastifyRequest): { id: string; secrets: readonly string[] } | undefined {
  const [header = '', ...others] = headerValues(request, 'authorization')
  const [, encoded = ''] = (header.length <= longestHeader && basic.exec(header)) || []
  if (others.length > 0 || encoded === '') return undefined
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  if (id === undefined || rest.length === 0) return undefined
  const secret = rest.join(':')
  return { id: formDecode(id), secrets: [secret, formDecode(secret)] }
}

export function createServiceAuth(credentials: readonly ServiceCredential[]) {
  const hashes = new Map(credentials.map(({ id, secret }) => [id, sha256(secret)]))
  // Compared with where the id is unknown, so that it takes as long; the hash of nothing that anybody could send.
  const nobody = randomBytes(32)

  /**
   * An onRequest hook for routes of services. Ends a request without a valid credential in `invalid_client`: 401 with the
   * challenge of RFC 7617 §2.
   */
  async function requireService(request: FastifyRequest): Promise<void> {
    const presented = readBasic(request)
    if (!presented) throw new AppError('invalid_client')
    const stored = hashes.get(presented.id) ?? nobody
    const matches = presented.secrets.map((secret) => timingSafeEqual(sha256(secret), stored))
    if (!matches.includes(true)) throw new AppError('invalid_client')
  }

  /** An onRequest hook for routes that need no credential, but refuse a wrong one: ends in `invalid_client`. */
  async function checkOfferedService(request: FastifyRequest): Promise<void> {
    const offered = headerValues(request, 'authorization').some((value) => /^Basic(\s|$)/i.test(value))
    if (offered) await requireService(request)
  }

  return { requireService, checkOfferedService }
}

export type ServiceAuth = ReturnType<typeof createServiceAuth>
