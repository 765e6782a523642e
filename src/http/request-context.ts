/** The origin of a request, for the audit log and the limits. */
import type { FastifyRequest } from 'fastify'

export type RequestContext = {
  readonly ip: string
  readonly userAgent: string | undefined
  readonly requestId: string
}

export const contextOf = ({ ip, headers, id }: FastifyRequest): RequestContext => ({
  ip,
  userAgent: headers['user-agent'],
  requestId: id,
})
