/** Who asks for a change, in which session, from where. */
import type { RequestContext } from '../http/request-context.ts'

export type Actor = { readonly userId: string; readonly sessionId: string; readonly context: RequestContext }
