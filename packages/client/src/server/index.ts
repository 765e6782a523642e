/** `@countersign/client/server`: the session of a request, for a server that renders pages. */
export type { User } from '../api/types.ts'
export { ApiError, type ErrorCode, NetworkError } from '../errors.ts'
export type { CookieSource, ReadSession, RequestSession, ServerSession, ServerSessionOptions } from './contract.ts'
export { createServerSession } from './create-server-session.ts'
