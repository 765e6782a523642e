/** The rows of matrix.test.ts, and the statuses that most of them have. */
import { type Cell, isSignedIn, isUnknownMode, isUnsupported, type Members } from './cells.ts'
import type { openPage } from './page.ts'

/** The cookies of one session and the tokens of another session of one user, and the target of an administrator. */
export type Holder = {
  readonly page: ReturnType<typeof openPage>
  readonly email: string
  readonly access: string
  readonly refresh: string
  readonly session: string
  readonly victim: string
}
export type Body = Members

export type Route = {
  readonly method: string
  readonly path: string
  /** Whether an administrator sends the request. Routes under /admin need no mark. */
  readonly byAdmin?: boolean
  /** The path with its parameters, if it has any. */
  readonly target?: (holder: Holder, cell: Cell) => string
  /** The members of a request of another site. It would change something if it were accepted. */
  readonly attack: (holder: Holder) => Body
  /** The members of a request that the gate accepts. By default the same as `attack`. */
  readonly honest?: (holder: Holder, cell: Cell) => Body
  /** The route neither reads nor sets a cookie, so the gate does not apply. */
  readonly cookieless?: boolean
  /** The status of a request that the gate accepts. */
  readonly status: (cell: Cell) => number
}

export const isBearer = ({ credential }: Cell) => credential === 'bearer' || credential === 'both'
export const noBody = ({ encoding }: Cell) => encoding === 'no body'
/** Public routes read the body first, and document X-Auth-Mode. */
export const publicly = (status: (cell: Cell) => number) => (cell: Cell) =>
  isUnsupported(cell) ? 415 : isUnknownMode(cell) ? 400 : status(cell)
/** Routes for signed-in users authenticate before they read the body. */
export const signedIn = (status: (cell: Cell) => number) => (cell: Cell) =>
  !isSignedIn(cell) ? 401 : isUnsupported(cell) ? 415 : status(cell)

/** An id that nothing has. */
export const nobodys = '7e57ab1e-0000-4000-8000-000000000000'
