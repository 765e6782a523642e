/** Deleting an account. */
import t from 'tap'
import { createCleaning } from '../../src/cleaning/cleaning.ts'
import { createOutbox } from '../../src/mail/outbox.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { auditRows, change, registerAdmin } from '../setup/admins.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode, testSecret } from '../setup/node.ts'
import { cookiesAfter, lastOfEachName } from '../setup/set-cookies.ts'
import { whileHeld } from '../setup/waiting.ts'

// This node polls the database once a second, so what it denies at once, the deletion itself denied.
const node = await startNode(t, { env: { SPA_ORIGINS: 'https://app.example.test', REVOCATION_LISTEN: 'off' } })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const admin = await registerAdmin(node, 'the-admin@example.com')
const outbox = createOutbox({ secrets: newestInForce([testSecret]) })
const sql = async (text: string, values: unknown[] = []) => (await node.database.pool.query(text, values)).rows
const remove = (who: TokenPair) => call(`${node.baseUrl}/auth/me`, { method: 'DELETE', token: who.access_token })
const login = (email: string, given = password) =>
  call<TokenPair>(`${node.baseUrl}/auth/login`, { body: { email, password: given } })

/** Every row of every table, as one text. */
async function dump(): Promise<string> {
  const tables = await sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
  const rows = await Promise.all(tables.map(({ tablename }) => sql(`SELECT to_jsonb(t) AS row FROM "${tablename}" t`)))
  return JSON.stringify(rows)
}

t.test('a deleted account leaves no session, no token and no personal data, and a mail confirms it', async (t) => {
  const first = await register(node.baseUrl, 'Leaving.Person@example.com')
  const second = (await login(first.user.email)).body
  const { id } = first.user
  await call(`${node.baseUrl}/auth/me`, {
    method: 'PATCH',
    token: first.access_token,
    body: { name: 'Leaving Person' },
  })
  await login(first.user.email, 'not the password')
  await change(node, admin, id, { email_verified: true })
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: second.refresh_token } })
  await refresh(node.baseUrl, second.refresh_token)
  // Earlier versions wrote events with a session and no user.
  await sql(
    `INSERT INTO audit_events (type, session_id, ip, request_id) VALUES ('refresh_ended', $1, '192.0.2.1', 'earlier')`,
    [second.session_id],
  )
  const third = (await login(first.user.email)).body
  const link = { hash: Buffer.alloc(32), expires: new Date(Date.now() + 60_000) }
  await sql(
    `INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
      VALUES (gen_random_uuid(), $1, 'password_reset', $2, 'Leaving.Person@example.com', $3)`,
    [id, link.hash, link.expires],
  )
  await sql(`INSERT INTO mails (id, kind, user_id, sealed) VALUES (gen_random_uuid(), 'email_change', $1, 'x')`, [id])

  t.equal((await remove(first)).status, 204)
  t.same(
    [(await whoami(node.baseUrl, first.access_token)).status, (await whoami(node.baseUrl, third.access_token)).status],
    [401, 401],
  )
  t.comment(`denied elsewhere after ${await untilDenied(other, third.access_token)} ms`)
  t.equal((await refresh(node.baseUrl, third.refresh_token)).status, 401)
  t.match(await login(first.user.email), { status: 401, body: { code: 'invalid_credentials' } })
  t.equal((await whoami(node.baseUrl, admin.access_token)).status, 200)

  const everything = await dump()
  for (const word of ['Leaving', 'leaving']) t.notOk(everything.includes(word), `${word} stands nowhere`)
  t.same(await sql('SELECT id FROM sessions WHERE user_id = $1', [id]), [])
  t.same(await sql('SELECT user_id FROM one_time_tokens'), [{ user_id: admin.user.id }], 'theirs stays')
  const events = await auditRows(node, 'subject_id = $1 OR session_id = $2', [id, second.session_id])
  const own = events.filter(({ actor_id: actor }) => actor !== admin.user.id)
  t.same(
    own.map(({ type }) => type),
    [
      'account_registered',
      'login_succeeded',
      'login_succeeded',
      'login_failed',
      'logout',
      'refresh_ended',
      'refresh_ended',
      'login_succeeded',
      'account_deleted',
    ],
  )
  for (const event of own) t.match(event, { ip: null, user_agent: null, request_id: String }, event.type)
  t.match(
    events.filter((event) => !own.includes(event)),
    [{ type: 'admin_email_verified', ip: '127.0.0.1' }],
    'theirs stays',
  )

  const mails = await sql(`SELECT kind, user_id AS "userId", sealed FROM mails ORDER BY created_at`)
  t.same(
    mails.map(({ kind, userId }) => [kind, userId]),
    [
      ['email_verification', admin.user.id],
      ['account_deleted', null],
    ],
  )
  const mail = await outbox.open(mails.at(-1))
  t.match(mail, {
    to: 'Leaving.Person@example.com',
    subject: 'Your account was deleted',
    text: /auth\.example\.test/,
  })
  const again = await register(node.baseUrl, 'leaving.owner@example.com')
  t.not(again.user.id, id, 'the address is free again')
})

const holds = {
  'the account': 'SELECT FROM users WHERE id = $1 FOR UPDATE',
  'its session': 'SELECT FROM sessions WHERE user_id = $1 FOR UPDATE',
}
for (const [what, hold] of Object.entries(holds)) {
  t.test(`a deletion whose session ends while it waits for ${what} deletes nothing`, async (t) => {
    const owner = await register(node.baseUrl)
    const { id } = owner.user
    await login(owner.user.email) // which goes on
    const kept = `SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM mails) AS mails,
      (SELECT count(*) FROM audit_events) AS events, (SELECT count(*) FROM sessions WHERE user_id = $1) AS sessions`
    const before = await sql(kept, [id])
    const answer = await whileHeld(
      node,
      (query) => query(hold, [id]),
      () => remove(owner),
      (query) => query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [owner.session_id]),
    )
    t.match(answer, { status: 401, body: { code: 'token_revoked' } })
    t.same(await sql(kept, [id]), before)
    t.equal((await login(owner.user.email)).status, 200)
  })
}

t.test('a deletion locks sessions in the order of their ids, as sign-outs do', async (t) => {
  const owner = await register(node.baseUrl)
  const { session_id: later } = (await login(owner.user.email)).body
  const lowest = '00000000-0000-4000-8000-000000000001'
  await sql('UPDATE sessions SET id = $2 WHERE id = $1', [later, lowest])
  const lock = 'SELECT FROM sessions WHERE id = $1 FOR UPDATE NOWAIT'
  const answer = await whileHeld(
    node,
    (query) => query(lock, [lowest]),
    () => remove(owner),
    (query) => query(lock, [owner.session_id]),
  )
  t.equal(answer.status, 204)
})

t.test('six deletions and six sign-outs at once do not deadlock', async (t) => {
  for (let round = 0; round < 2; round++) {
    const first = await register(node.baseUrl)
    const others = await Promise.all(Array.from({ length: 5 }, () => login(first.user.email)))
    const pairs = [first, ...others.map(({ body }) => body)]
    const signOut = (who: TokenPair) =>
      call(`${node.baseUrl}/auth/sessions`, { method: 'DELETE', token: who.access_token })
    const answers = await Promise.all(pairs.flatMap((who) => [signOut(who), remove(who)]))
    const statuses = answers.map(({ status }) => status)
    t.same(
      statuses.filter((status) => ![204, 401].includes(status)),
      [],
      statuses.join(),
    )
    t.ok(statuses.includes(204))
  }
})

t.test('six deletions and six logins at once leave no session, and one mail goes out', async (t) => {
  const owner = await register(node.baseUrl)
  const farewells = async () => (await sql(`SELECT id FROM mails WHERE kind = 'account_deleted'`)).length
  const before = await farewells()
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? remove(owner) : login(owner.user.email))),
  )
  const statuses = answers.map(({ status }) => status)
  t.same(
    // The queue of hashes takes few logins of one account at once.
    [...new Set(statuses)].filter((status) => ![200, 204, 401, 503].includes(status)),
    [],
    statuses.join(),
  )
  t.equal(statuses.filter((status) => status === 204).length, 1)
  t.same(await sql('SELECT id FROM sessions WHERE user_id = $1', [owner.user.id]), [])
  t.equal(await farewells(), before + 1)
  t.same(await sql('SELECT id FROM mails WHERE user_id = $1', [owner.user.id]), [])
  for (const { status, body } of answers) {
    if (status === 200) await untilDenied(other, String(body['access_token']))
  }
})

t.test('an account with very many rows is deleted at once, and the cleaning removes what is left of it', async (t) => {
  const owner = await register(node.baseUrl)
  await sql(
    `INSERT INTO audit_events (type, subject_id, ip) SELECT 'login_failed', $1, 'address ' || i FROM generate_series(1, 12000) i`,
    [owner.user.id],
  )
  await sql(
    `INSERT INTO sessions (id, user_id, head_hash, ip, idle_expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, '', '192.0.2.1', now() + interval '1 day', now() + interval '1 day' FROM generate_series(1, 1500)`,
    [owner.user.id],
  )
  t.equal((await remove(owner)).status, 204)
  t.same(await sql('SELECT id FROM deleted_users'), [{ id: owner.user.id }])
  const cleaning = createCleaning({
    connectionString: node.databaseUrl,
    auditDays: 365,
    onError: (error) => t.fail(error),
  })
  await cleaning.round()
  t.same(await sql('SELECT 1 FROM audit_events WHERE subject_id = $1 AND ip IS NOT NULL', [owner.user.id]), [])
  t.same(await sql('SELECT 1 FROM sessions WHERE user_id = $1', [owner.user.id]), [])
  t.same(await sql('SELECT 1 FROM deleted_users'), [])
})

t.test('in cookie mode a listed page can delete, and the response clears the cookies', async (t) => {
  const headers = { 'content-type': 'application/json', 'x-auth-mode': 'cookie', origin: 'https://app.example.test' }
  const body = JSON.stringify({ email: 'cookie@example.com', password })
  const opened = await fetch(`${node.baseUrl}/auth/register`, { method: 'POST', headers, body })
  const cookie = cookiesAfter(opened)
  const { 'content-type': _, ...asked } = headers
  const leave = (from: Record<string, string>) =>
    fetch(`${node.baseUrl}/auth/me`, { method: 'DELETE', headers: { ...from, cookie } })
  for (const forged of [{}, { ...asked, origin: 'https://evil.example' }, { origin: asked.origin }]) {
    const refused = await leave(forged)
    t.match(await refused.json(), { status: 403, code: 'csrf_rejected' }, 'another site deletes nothing')
  }
  const closed = await leave(asked)
  t.equal(closed.status, 204)
  const cleared = lastOfEachName(closed.headers.getSetCookie())
  t.equal(cleared.length, 2)
  for (const line of cleared) t.match(line, /^__Host-Http-(access|refresh)=; Max-Age=0;/)
})
