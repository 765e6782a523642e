/** One request to every route that needs the database. */
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { password } from '../setup/client.ts'

export const service = 'notes:a-credential-of-the-service-in-this-test'

/** The response to a request, and its time. */
export type Told = {
  readonly route: string
  readonly status: number
  readonly retryAfter: string | null
  readonly code: unknown
  readonly retryable: unknown
  readonly ms: number
}

type Users = { readonly user: TokenPair; readonly admin: TokenPair }
type Asked = { readonly token?: string; readonly json?: object; readonly form?: Record<string, string> }

const asService = `Basic ${Buffer.from(service).toString('base64')}`
let names = 0

// The session of the administrator may end here. That of the user stays active.
function requests({ user, admin }: Users): Readonly<Record<string, Asked>> {
  const { email } = user.user
  const mine = { token: user.access_token }
  const hers = { token: admin.access_token }
  const wrong = 'not the password of anybody'
  const link = 'A'.repeat(43)
  return {
    'POST /auth/register': { json: { email: `new-${++names}@example.com`, password } },
    'POST /auth/login': { json: { email, password } },
    'POST /auth/refresh': { json: { refresh_token: user.refresh_token } },
    'POST /auth/logout': { json: { refresh_token: admin.refresh_token } },
    'POST /auth/login/email': { json: { email } },
    'POST /auth/login/email/inspect': { json: { token: link } },
    'POST /auth/login/email/approve': { json: { token: link, number: '42' } },
    'POST /auth/password/forgot': { json: { email } },
    'POST /auth/password/reset': { json: { token: link, password } },
    'POST /auth/email/verify': { json: { token: link } },
    'POST /auth/email/resend': { json: { email } },
    'POST /auth/login/factor': { json: { attempt: link, method: 'totp', code: '000000' } },
    'POST /auth/login/enrolment/totp': { json: { attempt: link } },
    'POST /auth/login/enrolment/totp/confirm': { json: { attempt: link, code: '000000' } },
    'GET /auth/factors': mine,
    [`PATCH /auth/factors/${user.user.id}`]: { ...mine, json: { name: 'Name' } },
    [`DELETE /auth/factors/${user.user.id}`]: mine,
    'POST /auth/factors/totp': mine,
    'POST /auth/factors/totp/confirm': { ...mine, json: { id: user.user.id, code: '000000' } },
    'POST /auth/factors/recovery-codes': mine,
    'GET /auth/me': mine,
    'PATCH /auth/me': { ...mine, json: { name: 'Name' } },
    'DELETE /auth/me': { ...mine, json: { password: wrong } },
    'GET /auth/me/export': mine,
    'GET /auth/sessions': mine,
    'DELETE /auth/sessions': mine,
    [`DELETE /auth/sessions/${admin.session_id}`]: mine,
    'GET /auth/trusted-devices': mine,
    'DELETE /auth/trusted-devices': mine,
    [`DELETE /auth/trusted-devices/${'A'.repeat(22)}`]: mine,
    'POST /auth/password': { ...mine, json: { current_password: wrong, new_password: `another ${password}` } },
    'POST /auth/email/change': { ...mine, json: { email: `other-${names}@example.com`, password: wrong } },
    'POST /auth/reauthenticate': { ...mine, json: { password } },
    'POST /auth/factors/passkeys/options': mine,
    'POST /auth/reauthenticate/email': mine,
    'POST /auth/reauthenticate/passkey/options': mine,
    'POST /auth/login/passkey/options': { json: { attempt: link } },
    'POST /auth/login/enrolment/passkeys/options': { json: { attempt: link } },
    'GET /admin/factor-resets': hers,
    [`POST /admin/users/${user.user.id}/reset-factors`]: hers,
    [`POST /admin/factor-resets/${user.user.id}/confirm`]: hers,
    [`DELETE /admin/factor-resets/${user.user.id}`]: hers,
    'POST /oauth/introspect': { form: { token: user.refresh_token } },
    'POST /oauth/revoke': { form: { token: admin.refresh_token } },
    'GET /revocations': { form: {} },
    'GET /admin/users': hers,
    [`GET /admin/users/${user.user.id}`]: hers,
    [`PATCH /admin/users/${user.user.id}`]: { ...hers, json: { email_verified: true } },
    [`DELETE /admin/users/${admin.user.id}/sessions`]: hers,
    'GET /admin/audit': hers,
    'GET /admin/mails': hers,
    'GET /readyz': {},
  }
}

async function ask(baseUrl: string, route: string, { token, json, form }: Asked): Promise<Told> {
  const [method = '', path = ''] = route.split(' ')
  const from = performance.now()
  const body = json ? JSON.stringify(json) : form && method === 'POST' ? new URLSearchParams(form).toString() : null
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...(form ? { authorization: asService } : {}),
      ...(form && method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body,
  })
  const text = await response.text()
  const ms = performance.now() - from
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const problem: Record<string, unknown> = isJson ? JSON.parse(text) : {}
  const { status, headers } = response
  return {
    route: `${method} ${path}`,
    status,
    retryAfter: headers.get('retry-after'),
    code: problem['code'],
    retryable: problem['retryable'],
    ms,
  }
}

/** Sends all requests, so many at once. Many that change one account wait for each other. */
export async function askEverything(baseUrl: string, users: Users, atOnce = Number.POSITIVE_INFINITY): Promise<Told[]> {
  const all = Object.entries(requests(users))
  const told: Told[] = []
  while (told.length < all.length) {
    const some = all.slice(told.length, told.length + atOnce)
    told.push(...(await Promise.all(some.map(([route, asked]) => ask(baseUrl, route, asked)))))
  }
  return told
}
