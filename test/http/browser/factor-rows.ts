/** The unsafe routes of factors, for matrix.test.ts. */
import { noBody, nobodys, publicly, type Route, signedIn } from './route-row.ts'

export const factorRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/auth/login/passkey/options',
    attack: () => ({ attempt: 'x'.repeat(43) }),
    honest: () => ({}),
    status: publicly(() => 200),
  },
  ...[
    '/auth/register/passkey/options',
    '/auth/register/passkey',
    '/auth/login/passkey',
    '/auth/login/enrolment/passkeys/options',
    '/auth/login/enrolment/passkeys',
  ].map(
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
    path: '/auth/login/factor',
    attack: () => ({ attempt: 'x'.repeat(43), method: 'totp', code: '000000' }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login/enrolment/totp',
    attack: () => ({ attempt: 'x'.repeat(43) }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/login/enrolment/totp/confirm',
    attack: () => ({ attempt: 'x'.repeat(43), code: '000000' }),
    honest: () => ({}),
    status: publicly(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/factors/totp',
    attack: () => ({}),
    status: signedIn(() => 200),
  },
  {
    method: 'POST',
    path: '/auth/factors/totp/confirm',
    attack: () => ({ id: nobodys, code: '000000' }),
    honest: () => ({}),
    status: signedIn(() => 400),
  },
  {
    method: 'POST',
    path: '/auth/factors/recovery-codes',
    attack: () => ({}),
    status: signedIn(() => 409),
  },
  {
    method: 'PATCH',
    path: '/auth/factors/:id',
    target: () => `/auth/factors/${nobodys}`,
    attack: () => ({ name: 'Mallory' }),
    status: signedIn((cell) => (noBody(cell) ? 400 : 404)),
  },
  {
    method: 'DELETE',
    path: '/auth/factors/:id',
    target: () => `/auth/factors/${nobodys}`,
    attack: () => ({}),
    status: signedIn(() => 404),
  },
]
