/** The unsafe routes of the app for matrix.test.ts: the body for each, and the expected status. */
import { password } from '../../setup/client.ts'
import { type Cell, isCookieMode, isCsrf, isSignedIn, isUnknownMode, isUnsupported, type Members } from './cells.ts'
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
type Body = Members

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
const noBody = ({ encoding }: Cell) => encoding === 'no body'
/** Public routes read the body first, and document X-Auth-Mode. */
const publicly = (status: (cell: Cell) => number) => (cell: Cell) =>
  isUnsupported(cell) ? 415 : isUnknownMode(cell) ? 400 : status(cell)
/** Routes for signed-in users authenticate before they read the body. */
const signedIn = (status: (cell: Cell) => number) => (cell: Cell) =>
  !isSignedIn(cell) ? 401 : isUnsupported(cell) ? 415 : status(cell)

let strangers = 0
const nobodys = '7e57ab1e-0000-4000-8000-000000000000'
export const routes: readonly Route[] = [
  {
    method: 'POST',
    path: '/auth/register',
    attack: () => ({ email: `stranger-${++strangers}@evil.test`, password }),
    honest: () => ({}), // a password would be hashed: thousands of times
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login',
    attack: ({ email }) => ({ email, password }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login/passkey/options',
    attack: () => ({ attempt: 'x'.repeat(43) }),
    honest: () => ({}),
    status: publicly(() => 200),
  },
  ...['/auth/login/passkey', '/auth/login/enrolment/passkeys/options', '/auth/login/enrolment/passkeys'].map(
    (path): Route => ({
      method: 'POST',
      path,
      attack: () => ({ attempt: 'x'.repeat(43) }),
      honest: () => ({}),
      status: publicly(() => 400),
    }),
  ),
  {
    method: 'POST',
    path: '/auth/factors/passkeys/options',
    attack: () => ({}),
    status: signedIn(() => 200),
  },
  {
    method: 'POST',
    path: '/auth/factors/passkeys',
    attack: () => ({ name: 'of another site' }),
    status: signedIn(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/reauthenticate/passkey/options',
    attack: () => ({}),
    status: signedIn(() => 404),
  },
  {
    method: 'POST',
    path: '/auth/refresh',
    attack: () => ({}),
    honest: ({ refresh }, cell): Body => (isBearer(cell) ? { refresh_token: refresh } : {}),
    status: publicly((cell) => {
      if (isCookieMode(cell)) return isSignedIn(cell) ? 200 : 401
      return isBearer(cell) && !noBody(cell) ? 200 : 400
    }),
  },
  {
    method: 'POST',
    path: '/auth/logout',
    attack: () => ({}),
    status: publicly((cell) => (isCookieMode(cell) || isSignedIn(cell) ? 204 : 401)),
  },
  {
    method: 'POST',
    path: '/auth/email/verify',
    attack: () => ({ token: 'not-known-to-another-site' }),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/email/resend',
    attack: ({ email }) => ({ email }),
    honest: () => ({}), // asking is written down each time
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/email/change',
    attack: () => ({ new_email: 'mallory@evil.test' }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'PATCH',
    path: '/auth/me',
    attack: () => ({ name: 'Mallory' }),
    status: signedIn((cell) => (noBody(cell) ? 400 : 200)),
  },
  {
    method: 'DELETE',
    path: '/auth/sessions/:id',
    target: ({ session }, cell) => `/auth/sessions/${isCsrf(cell) ? session : nobodys}`,
    attack: () => ({}),
    status: signedIn(() => 404),
  },
  {
    method: 'DELETE',
    path: '/auth/sessions',
    // If it were accepted, it would end the session that the next cell needs.
    target: (_, cell) => `/auth/sessions?scope=${isCsrf(cell) ? 'all' : 'unknown'}`,
    attack: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'DELETE',
    path: '/auth/trusted-devices/:id',
    target: () => `/auth/trusted-devices/${'A'.repeat(22)}`,
    attack: () => ({}),
    status: signedIn(() => 404),
  },
  {
    method: 'DELETE',
    path: '/auth/trusted-devices',
    attack: () => ({}),
    status: signedIn(() => 204),
  },
  {
    method: 'POST',
    path: '/auth/password',
    attack: () => ({ current_password: password, new_password: 'a password of the attacker' }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login/email',
    attack: ({ email }) => ({ email }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/password/forgot',
    attack: ({ email }) => ({ email }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/password/reset',
    attack: () => ({ token: 'x'.repeat(43), password: 'a password of the attacker' }),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/reauthenticate',
    attack: () => ({ password }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'DELETE',
    path: '/auth/me',
    byAdmin: true, // the last one, who has to stay: for the next cell
    attack: () => ({}),
    status: signedIn(() => 409),
  },
  {
    method: 'PATCH',
    path: '/admin/users/:id',
    target: ({ victim }) => `/admin/users/${victim}`,
    attack: () => ({ disabled: true }),
    honest: () => ({}),
    status: signedIn((cell) => (noBody(cell) ? 400 : 200)),
  },
  {
    method: 'DELETE',
    path: '/admin/users/:id/sessions',
    target: ({ victim }) => `/admin/users/${victim}/sessions`,
    attack: () => ({}),
    status: signedIn(() => 204),
  },
  {
    method: 'POST',
    path: '/oauth/revoke',
    attack: () => ({ token: 'not-known-to-another-site' }),
    cookieless: true,
    status: (cell) => (cell.encoding === 'form' ? 200 : noBody(cell) ? 400 : 415),
  },
  {
    method: 'POST',
    path: '/oauth/introspect',
    attack: ({ access }) => ({ token: access }),
    cookieless: true,
    status: () => 401,
  },
  { method: 'POST', path: '/notes', attack: () => ({ text: 'hello' }), status: signedIn(() => 200) },
]
