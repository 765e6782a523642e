/** The unsafe routes of the app for matrix.test.ts: the body for each, and the expected status. */
import { password } from '../../setup/client.ts'
import { isCookieMode, isCsrf, isSignedIn } from './cells.ts'
import { factorRoutes } from './factor-rows.ts'
import { type Body, isBearer, noBody, nobodys, publicly, type Route, signedIn } from './route-row.ts'

let strangers = 0

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
    path: '/auth/login/email/inspect',
    attack: () => ({ token: 'not-known-to-another-site' }),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login/email/approve',
    attack: () => ({ token: 'not-known-to-another-site', number: '42' }),
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
    method: 'POST',
    path: '/auth/reauthenticate/email',
    attack: () => ({}),
    status: signedIn(() => 202),
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
    path: '/admin/users/:id/reset-factors',
    target: ({ victim }) => `/admin/users/${victim}/reset-factors`,
    attack: () => ({}),
    status: signedIn(() => 200),
  },
  ...[['POST', '/confirm'] as const, ['DELETE', ''] as const].map(
    ([method, end]): Route => ({
      method,
      path: `/admin/factor-resets/:id${end}`,
      target: () => `/admin/factor-resets/${nobodys}${end}`,
      attack: () => ({}),
      status: signedIn(() => 404),
    }),
  ),
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
  ...factorRoutes,
]
