/** The administrator who makes a change, as the access token describes them. */
import type { RequestContext } from '../http/request-context.ts'

export type Administrator = {
  readonly userId: string
  readonly sessionId: string
  readonly tokenVersion: number
  readonly context: RequestContext
}
