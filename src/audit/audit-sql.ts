/** SQL that writes an audit event as part of a larger statement. */
import { type Fragment, type Param, sql } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'

const longestUserAgent = 300

/** The members of a request's context that are stored. */
export const storedContext = (context: RequestContext | undefined) => ({
  ip: context?.ip ?? null,
  userAgent: context?.userAgent?.slice(0, longestUserAgent) ?? null,
  requestId: context?.requestId ?? null,
})

/** The value of the parameter `context` in a statement. */
export const contextParameter = (context: RequestContext): string => JSON.stringify(storedContext(context))

/** The columns of an INSERT that `auditContextValues` fills. */
export const auditContextColumns = sql`ip, user_agent, request_id`

export const auditContextValues = (context: Param<string> | string): Fragment =>
  sql`${context}::jsonb->>'ip', ${context}::jsonb->>'userAgent', ${context}::jsonb->>'requestId'`

/**
 * The same, but without the address and the browser unless the condition holds. An event about a user who is gone does not need
 * them, and no deletion would ever remove them.
 */
export const auditContextValuesIf = (condition: Fragment, context: Param<string>): Fragment =>
  sql`CASE WHEN ${condition} THEN ${context}::jsonb->>'ip' END,
    CASE WHEN ${condition} THEN ${context}::jsonb->>'userAgent' END, ${context}::jsonb->>'requestId'`
