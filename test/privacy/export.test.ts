/** The export holds everything that is stored about a user, except for what is listed here with a reason. */
import t from 'tap'
import type { AccountExport } from '../../src/privacy/export-wire.ts'
import { signInWithTwo } from '../factors/trusted-devices/trust.ts'
import { change, registerAdmin } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { addPasskey, addTotp } from '../setup/factors.ts'
import { post } from '../setup/mails.ts'
import { startNode } from '../setup/node.ts'
import { withMethods } from '../setup/sessions.ts'

const node = await startNode(t, { env: { TRUST_DEVICE_DAYS: '30' } })
const admin = await registerAdmin(node, 'the-admin@example.com')
const sql = async (text: string, values: unknown[] = []) => (await node.database.pool.query(text, values)).rows
const exported = (token: string) => call<AccountExport>(`${node.baseUrl}/auth/me/export`, { token })

const secret = '- a secret, or made from one'
const ours = '- says nothing about them: our own bookkeeping'
const them = '- is them, in everything here'
/** Every column of every table, with its name in the export or, after a hyphen, the reason why it is not there. */
const places: Record<string, string | Record<string, string>> = {
  users: {
    id: 'account.id',
    email: 'account.email',
    email_key: '- the address again, in one spelling',
    name: 'account.name',
    password_hash: secret,
    password_renewals: ours,
    credential_version: ours,
    roles: 'account.roles',
    email_verified_at: 'account.email_verified_at',
    token_version: ours,
    sessions_valid_from: ours,
    factor_kinds: '- the kinds of the factors below',
    disabled_at: 'account.disabled_at',
    created_at: 'account.created_at',
    updated_at: 'account.updated_at',
  },
  sessions: {
    id: 'sessions.id',
    user_id: them,
    mode: 'sessions.mode',
    head_hash: secret,
    prev_hash: secret,
    salt: secret,
    fork_hash: secret,
    fork_salt: secret,
    superseded_hashes: secret,
    epoch: ours,
    generation: ours,
    last_outcome: ours,
    rotated_at: 'sessions.refreshed_at',
    idle_expires_at: 'sessions.expires_at',
    absolute_expires_at: 'sessions.expires_at',
    authenticated_at: 'sessions.authenticated_at',
    amr: 'sessions.methods',
    remembered: '- a choice at the login, which sessions.expires_at shows',
    revoked_at: 'sessions.ended_at',
    revoke_reason: 'sessions.end_reason',
    device: 'sessions.device',
    ip: 'sessions.ip',
    created_at: 'sessions.created_at',
  },
  factors: {
    id: 'factors.id',
    user_id: them,
    kind: 'factors.kind',
    name: 'factors.name',
    created_at: 'factors.created_at',
    confirmed_at: 'factors.confirmed_at',
    last_used_at: 'factors.last_used_at',
    sealed_secret: secret,
    last_step: ours,
    credential_id: 'factors.credential_id',
    public_key: 'factors.public_key',
    counter: ours,
    transports: 'factors.transports',
    synced: 'factors.synced',
    aaguid: 'factors.aaguid',
  },
  recovery_codes: { id: ours, user_id: them, hash: secret, used_at: 'recovery_codes.used_at' },
  trusted_devices: {
    user_id: them,
    device_id: 'trusted_devices.id',
    name: 'trusted_devices.name',
    created_at: 'trusted_devices.created_at',
    expires_at: 'trusted_devices.expires_at',
  },
  factor_resets: '- a wish of an administrator, for an hour',
  signin_attempts: '- of a sign-in under way, for ten minutes',
  spent_challenges: '- hashes, for ten minutes',
  pending_passkeys: '- of a registration, which is nobody’s before its address is proven',
  deleted_users: { id: '- of a user who is gone' },
  one_time_tokens: {
    id: ours,
    user_id: them,
    purpose: 'links.purpose',
    hash: secret,
    email: 'links.address',
    email_key: '- of a registration, which is nobody’s before its address is proven',
    name: '- of a registration',
    password_hash: secret,
    bound_to: secret,
    mailed: '- of a registration',
    created_at: 'links.created_at',
    expires_at: 'links.expires_at',
  },
  mails: {
    id: ours,
    kind: 'letters.kind',
    user_id: them,
    sealed: '- what is on its way to their mailbox, with links that sign users in',
    attempts: ours,
    unanswered: ours,
    next_attempt_at: 'letters.next_attempt_at',
    last_error: '- what a mail server said to us',
    dead_at: 'letters.given_up_at',
    created_at: 'letters.created_at',
  },
  audit_events: {
    id: ours,
    at: 'events.at',
    type: 'events.type',
    actor_id: 'events.by',
    subject_id: '- whom somebody else was to them is not theirs to know',
    session_id: 'events.session_id',
    ip: 'events.ip',
    user_agent: 'events.user_agent',
    request_id: 'events.request_id',
    detail: 'events.detail',
    count: 'events.count',
    last_at: 'events.last_at',
    repeat_key: '- made from the other columns',
  },
  revocations: '- ids of sessions and accounts, for an hour',
  signing_keys: '- nobody’s',
  attempts: '- keyed hashes, for a day at most',
  email_codes: '- hashes, for ten minutes',
  nodes: '- nobody’s',
  _prisma_migrations: '- nobody’s',
}

t.test('a user gets everything that is stored about them, and nothing about others', async (t) => {
  const ada = await register(node.baseUrl, 'curious@example.com')
  await call(`${node.baseUrl}/auth/login`, { body: { email: ada.user.email, password: 'not the password' } })
  await change(node, admin, ada.user.id, { email_verified: true })
  // Earlier versions wrote this event.
  await sql(`INSERT INTO audit_events (type, session_id, ip) VALUES ('refresh_ended', $1, '192.0.2.1')`, [
    ada.session_id,
  ])
  await sql(`UPDATE mails SET dead_at = now() WHERE user_id = $1`, [ada.user.id])
  await post(node, ['curious@example.com'], ada.user.id)
  const { status, headers, body } = await exported(ada.access_token)
  t.equal(status, 200)
  t.equal(headers.get('content-disposition'), 'attachment; filename="account.json"')
  t.equal(headers.get('cache-control'), 'no-store')
  const proven = { email_verified: true, email_verified_at: /Z$/ }
  t.match(body.account, { ...ada.user, ...proven, updated_at: String, disabled_at: null })
  t.match(body.sessions, [{ id: ada.session_id, device: 'node', ip: '127.0.0.1', ended_at: null, end_reason: null }])
  t.match(body.events, [
    { type: 'account_exported', by: 'you', ip: '127.0.0.1', session_id: ada.session_id },
    { type: 'refresh_ended', by: null, session_id: ada.session_id, ip: '192.0.2.1' },
    { type: 'admin_email_verified', by: 'somebody_else', ip: null, user_agent: null, session_id: null },
    { type: 'login_failed', by: null, ip: '127.0.0.1' },
    { type: 'login_succeeded', by: 'you' },
    { type: 'account_registered', by: 'you' },
  ])
  t.match(body.links, [{ purpose: 'email_verification', address: 'curious@example.com', expires_at: /Z$/ }])
  t.match(body.letters, [
    { kind: 'password_changed', given_up_at: null, next_attempt_at: /Z$/ },
    { kind: 'email_verification', given_up_at: /Z$/, next_attempt_at: null },
  ])
  const text = JSON.stringify(body)
  for (const theirs of [admin.user.id, admin.session_id, 'the-admin']) t.notOk(text.includes(theirs))
  t.notMatch(text, /hash|hmac/i)
  t.equal((await call(`${node.baseUrl}/auth/me/export`)).status, 401)
})

t.test('every column of every table is in the export or has a reason why it is not', async (t) => {
  const columns = await sql(
    `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = 'public'`,
  )
  const ada = await register(node.baseUrl, 'complete@example.com')
  const { user } = ada
  await addTotp(node.database, user.id)
  await addPasskey(node.database, user.id)
  await sql(`INSERT INTO recovery_codes (id, user_id, hash) VALUES (gen_random_uuid(), $1, 'a hash')`, [user.id])
  await signInWithTwo(node, user.id)
  const { body } = await exported((await withMethods(node, ada, ['pwd', 'otp', 'mfa'])).access_token)
  t.notMatch(JSON.stringify(body), /sealed|hash/i)
  const members = new Set(
    Object.entries(body).flatMap(([name, rows]) => Object.keys([rows].flat()[0] ?? {}).map((key) => `${name}.${key}`)),
  )
  t.same(
    new Set(columns.map(({ table }) => table)),
    new Set(Object.keys(places)),
    'a new table is exported, or has a reason here',
  )
  for (const [table, place] of Object.entries(places)) {
    if (typeof place === 'string') continue
    const found = columns.filter((of) => of.table === table).map(({ column }) => column)
    t.same(new Set(found), new Set(Object.keys(place)), `the columns of ${table}`)
    for (const where of Object.values(place)) t.ok(where.startsWith('- ') || members.has(where), where)
  }
  const named = new Set(
    Object.values(places).flatMap((place) => (typeof place === 'string' ? [] : Object.values(place))),
  )
  const more = [...members].filter((member) => !named.has(member))
  t.same(more, ['account.email_verified'], 'and nothing else is')
})

t.test('two users of one browser each get their own data', async (t) => {
  const [one, other] = [await register(node.baseUrl), await register(node.baseUrl)]
  await call(`${node.baseUrl}/auth/login`, { body: { email: other.user.email, password } })
  await post(node, [other.user.email], other.user.id)
  const text = JSON.stringify((await exported(one.access_token)).body)
  for (const theirs of [other.user.id, other.user.email, other.session_id]) t.notOk(text.includes(theirs))
  t.equal((await exported(one.access_token)).body.letters.length, 1)
})
