/**
 * Every route of accounts and administration, requested by every kind of principal. A route without a row fails the test: add a line
 * to `rows` with the status for each principal.
 */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { change, registerAdmin } from '../setup/admins.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { listRoutes } from '../setup/routes.ts'
import { withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t)

const principals = [
  'nobody',
  /** The user that the request is about. */
  'user',
  'other user',
  'admin',
  'disabled admin',
  /** An administrator who was demoted after the token was issued. */
  'stale role',
  /** The same user with a new token. */
  'former admin',
  /** A user who was promoted after the token was issued. */
  'early token',
  /** An administrator who logged in an hour ago. */
  'old login',
] as const
type PrincipalKind = (typeof principals)[number]
type Statuses = Readonly<Record<PrincipalKind, number>>
type Tokens = Readonly<Record<PrincipalKind, TokenPair | undefined>>

const all = (status: number): Statuses =>
  Object.fromEntries(principals.map((principal) => [principal, status])) as Statuses
/** The same status with any token and without one. */
const everybody = (status: number): Statuses => all(status)
/** For every principal with a valid token: the route is about the principal itself. */
const signedIn = (status: number): Statuses => ({ ...all(status), ...outdated })
/** For the user that the request is about. Other users get 404. */
const owner = (status: number, others = 404): Statuses => ({ ...all(others), user: status, ...outdated })
/** For administrators. */
const admins = (status: number): Statuses => ({ ...all(403), admin: status, 'old login': status, ...outdated })
/** The same, but only with a recent login. */
const fresh = (statuses: Statuses): Statuses => ({ ...statuses, 'old login': 401 })
const outdated = { nobody: 401, 'disabled admin': 401, 'stale role': 401, 'early token': 401 } as const

type Row = readonly [
  /** The route as OpenAPI writes it. `{id}` becomes the id of the user, or of a session of the user for `/auth/sessions/{id}`. */
  route: string,
  statuses: Statuses,
  /** `spends`: a successful request ends sessions or accounts, so the next row needs new ones. */
  more?: { readonly body?: unknown; readonly spends?: true },
]

const passwordChange = { current_password: password, new_password: `another ${password}` }
const rows: readonly Row[] = [
  ['POST /auth/register', everybody(400), { body: {} }],
  ['POST /auth/login', everybody(400), { body: {} }],
  ['POST /auth/login/factor', everybody(400), { body: {} }],
  ['POST /auth/login/enrolment/totp', everybody(400), { body: {} }],
  ['POST /auth/login/enrolment/totp/confirm', everybody(400), { body: {} }],
  ['GET /auth/factors', signedIn(200)],
  ['PATCH /auth/factors/{id}', signedIn(404), { body: { name: 'Name' } }],
  ['DELETE /auth/factors/{id}', fresh(signedIn(404))],
  ['POST /auth/factors/recovery-codes', fresh(signedIn(409))],
  ['POST /auth/factors/totp', fresh(signedIn(200))],
  ['POST /auth/factors/totp/confirm', fresh(signedIn(400)), { body: {} }],
  ['POST /auth/register/passkey/options', everybody(400), { body: {} }],
  ['POST /auth/register/passkey', everybody(400), { body: {} }],
  ['POST /auth/refresh', everybody(400), { body: {} }],
  ['POST /auth/logout', { ...everybody(204), nobody: 401 }, { spends: true }],
  ['GET /auth/whoami', signedIn(200)],
  ['GET /auth/session', everybody(200)],
  ['GET /auth/me', signedIn(200)],
  ['PATCH /auth/me', signedIn(200), { body: { name: 'Name' } }],
  ['DELETE /auth/me', fresh(signedIn(204)), { spends: true }],
  ['GET /auth/me/export', fresh(signedIn(200))],
  ['GET /auth/sessions', signedIn(200)],
  ['DELETE /auth/sessions', signedIn(204)],
  ['DELETE /auth/sessions/{id}', owner(204), { spends: true }],
  ['GET /auth/trusted-devices', signedIn(200)],
  ['DELETE /auth/trusted-devices', signedIn(204)],
  ['DELETE /auth/trusted-devices/{id}', signedIn(404)],
  ['POST /auth/password', signedIn(200), { body: passwordChange, spends: true }],
  ['POST /auth/login/email', everybody(202), { body: { email: 'nobody@example.com' } }],
  ['POST /auth/login/email/inspect', everybody(400), { body: {} }],
  ['POST /auth/login/email/approve', everybody(400), { body: {} }],
  ['POST /auth/password/forgot', everybody(202), { body: { email: 'nobody@example.com' } }],
  ['POST /auth/password/reset', everybody(400), { body: {} }],
  ['POST /auth/reauthenticate/email', signedIn(202)],
  ['POST /auth/reauthenticate', signedIn(200), { body: { password } }],
  ['POST /auth/login/passkey/options', everybody(200)],
  ['POST /auth/login/passkey', everybody(400), { body: {} }],
  ['POST /auth/login/enrolment/passkeys/options', everybody(400), { body: {} }],
  ['POST /auth/login/enrolment/passkeys', everybody(400), { body: {} }],
  ['POST /auth/reauthenticate/passkey/options', signedIn(404)],
  ['POST /auth/factors/passkeys/options', fresh(signedIn(200))],
  ['POST /auth/factors/passkeys', fresh(signedIn(400)), { body: {} }],
  ['POST /auth/email/verify', everybody(400), { body: {} }],
  ['POST /auth/email/resend', everybody(202), { body: { email: 'nobody@example.com' } }],
  ['POST /auth/email/change', fresh(signedIn(202)), { body: { new_email: 'new@example.com' } }],
  ['GET /admin/users', admins(200)],
  ['GET /admin/users/{id}', admins(200)],
  ['PATCH /admin/users/{id}', fresh(admins(200)), { body: {} }],
  ['DELETE /admin/users/{id}/sessions', fresh(admins(204)), { spends: true }],
  ['GET /admin/factor-resets', admins(200)],
  ['POST /admin/users/{id}/reset-factors', fresh(admins(200)), { spends: true }],
  ['POST /admin/factor-resets/{id}/confirm', fresh(admins(404))],
  ['DELETE /admin/factor-resets/{id}', fresh(admins(404))],
  ['GET /admin/audit', admins(200)],
  ['GET /admin/mails', admins(200)],
]

/** Routes that openapi.yaml leaves out. They need no token. */
const undocumented = new Set(['/auth/doctor'])

async function hold(): Promise<Tokens> {
  const admin = await registerAdmin(node)
  const [user, other, disabled, stale, early, old] = await Promise.all([
    register(node.baseUrl),
    register(node.baseUrl),
    registerAdmin(node),
    registerAdmin(node),
    register(node.baseUrl),
    registerAdmin(node).then((pair) => withOldLogin(node, pair)),
  ])
  await change(node, admin, disabled.user.id, { disabled: true })
  await change(node, admin, stale.user.id, { roles: [] })
  await change(node, admin, early.user.id, { roles: ['admin'] })
  const former = (await refresh(node.baseUrl, stale.refresh_token)).body
  return {
    nobody: undefined,
    user,
    'other user': other,
    admin,
    'disabled admin': disabled,
    'stale role': stale,
    'former admin': former,
    'early token': early,
    'old login': old,
  }
}

let held = await hold()

for (const [route, statuses, { body, spends } = {}] of rows) {
  t.test(route, async (t) => {
    const { user } = held
    const [method = '', path = ''] = route.split(' ')
    const id = path.startsWith('/auth/sessions/') ? user?.session_id : user?.user.id
    const url = path.replace('{id}', id ?? '')
    // The principals with access come last, because their requests may end the session that the others ask for.
    for (const principal of principals.toSorted((a, b) => +(statuses[a] < 300) - +(statuses[b] < 300))) {
      const token = held[principal]?.access_token
      const answer = await call(`${node.baseUrl}${url}`, { method, body, ...(token ? { token } : {}) })
      t.equal(answer.status, statuses[principal], `${principal}: ${JSON.stringify(answer.body).slice(0, 200)}`)
      // A response to one user never names another user.
      if (path.startsWith('/auth/') && principal !== 'user')
        t.notOk(JSON.stringify(answer.body).includes(user?.user.id ?? ''), principal)
    }
    if (spends) held = await hold()
  })
}

t.test('every route has a row, and every row has a route', async (t) => {
  const isOurs = (path: string) => /^\/(auth|admin)(\/|$)/.test(path)
  const documented = Object.entries(node.app.swagger().paths ?? {}).filter(([path]) => isOurs(path))
  const routes = documented.flatMap(([path, item]) =>
    Object.keys(item ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.same(rows.map(([route]) => route).toSorted(), routes.toSorted())
  const paths = documented.map(([path]) => path.replaceAll(/\{(\w+)\}/g, ':$1'))
  const urls = listRoutes(node).map(({ url }) => url)
  const hidden = urls.filter((url) => isOurs(url) && !paths.includes(url) && !undocumented.has(url))
  t.same(hidden, [], 'no other route is missing in openapi.yaml')
  t.ok(urls.length > paths.length)
})

t.test('openapi.yaml names reauthentication_required for exactly the routes that require a recent login', async (t) => {
  const asking = rows.filter(([, statuses]) => statuses['old login'] === 401).map(([route]) => route)
  const said = Object.entries(node.app.swagger().paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item ?? {})
      .filter(([, operation]) => /"reauthentication_required":/.test(JSON.stringify(Object(operation).responses ?? {})))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
  t.comment(asking.join(', '))
  t.same(said.toSorted(), asking.toSorted())
  t.ok(asking.length >= 4)
})
