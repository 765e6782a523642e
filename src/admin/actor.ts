/** Who asks for a change, in which session, as what their token says they are, from where. */
import type { RequestContext } from '../http/request-context.ts'

export type Actor = {
  readonly userId: string
  readonly sessionId: string
  readonly tokenVersion: number
  readonly context: RequestContext
}
