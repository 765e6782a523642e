/** Many uses of one code at once, and factors that are removed meanwhile, over two nodes. */
import t from 'tap'
import { createOneTimeToken, oneTimeTokenHash } from '../../../src/tokens/one-time-token.ts'
import { auditOf } from '../../passwords/mailbox.ts'
import { call, refresh, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { mailsTo } from '../../setup/read-mails.ts'
import { beginLogin, forgetSteps, registerWithApp } from '../../setup/totp.ts'
import { whileHeld } from '../../setup/waiting.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const nodes = [node, other]
const goOn = (attempt: string, code: string, method: string, at = node.baseUrl) =>
  call(`${at}/auth/login/factor`, { body: { attempt, method, code } })
const sessionsOf = async (userId: string) => {
  const { rows } = await node.database.pool.query('SELECT count(*)::int AS n FROM sessions WHERE user_id = $1', [
    userId,
  ])
  return Number(rows[0]?.n)
}

const times = 200

/** As many attempts with the same proof. Their passwords would be hashed for long. */
async function copiesOf(attempt: string): Promise<string[]> {
  const made = Array.from({ length: times }, createOneTimeToken)
  const sql = `INSERT INTO signin_attempts (id, user_id, credential_version, amr, mode, remembered, expires_at)
    SELECT copy, user_id, credential_version, amr, mode, remembered, expires_at
    FROM signin_attempts, unnest($2::bytea[]) AS copy WHERE id = $1`
  await node.database.pool.query(sql, [oneTimeTokenHash(attempt), made.map(({ hash }) => hash)])
  return made.map(({ token }) => token)
}

for (const method of ['totp', 'recovery_code']) {
  t.test(`${times} uses of one ${method} at once, each with an attempt of its own, give one session`, async (t) => {
    const { user, app } = await registerWithApp(node)
    const attempts = await copiesOf(await beginLogin(node, user.email))
    const code = method === 'totp' ? app.code() : (app.recoveryCodes[0] ?? '')
    const answers = await Promise.all(attempts.map((attempt, i) => goOn(attempt, code, method, nodes[i % 2]?.baseUrl)))
    t.equal(answers.filter(({ status }) => status === 200).length, 1)
    const refused = answers.filter(({ status }) => status !== 200)
    t.ok(refused.every(({ status, body }) => status === 401 && body['code'] === 'invalid_factor'))
    t.equal(await sessionsOf(user.id), 2, 'that of the registration, and one more')
    if (method === 'totp') return
    const used = (await auditOf(node, user.id)).filter(({ type }) => type === 'recovery_code_used')
    t.match(used, [{ detail: { left: 9 } }])
    t.equal((await mailsTo(node, user.email)).filter(({ kind }) => kind === 'recovery_code_used').length, 1)
  })
}

t.test('one attempt with ten right codes at once gives one session, and uses one code up', async (t) => {
  const { user, app } = await registerWithApp(node)
  const attempt = await beginLogin(node, user.email)
  const answers = await Promise.all(
    app.recoveryCodes.map((code, i) => goOn(attempt, code, 'recovery_code', nodes[i % 2]?.baseUrl)),
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.ok(answers.every(({ status, body }) => status === 200 || body['code'] === 'attempt_ended'))
  t.equal(await sessionsOf(user.id), 2)
  const sql = 'SELECT count(*)::int AS n FROM recovery_codes WHERE user_id = $1 AND used_at IS NOT NULL'
  t.equal((await node.database.pool.query(sql, [user.id])).rows[0]?.n, 1)
})

t.test('many wrong codes at once get no more than five tries of an attempt', async (t) => {
  const { user, app } = await registerWithApp(node)
  const attempt = await beginLogin(node, user.email)
  const wrong = Array.from({ length: 40 }, (_, i) =>
    goOn(attempt, `AAAAAA-${i}`, 'recovery_code', nodes[i % 2]?.baseUrl),
  )
  const codes = (await Promise.all(wrong)).map(({ body }) => body['code'])
  t.equal(codes.filter((code) => code === 'invalid_factor').length, 5)
  t.equal(codes.filter((code) => code === 'attempt_ended').length, 35)
  t.match(await goOn(attempt, app.code(), 'totp'), { status: 401, body: { code: 'attempt_ended' } })
})

t.test('a factor that is removed during a sign-in never yields a session', async (t) => {
  const ada = await registerWithApp(node)
  const attempt = await beginLogin(node, ada.user.email)
  // The code is compared while the removal holds the row of the user. The statement that makes the session waits for it.
  const answer = await whileHeld(
    node,
    (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [ada.user.id]),
    () => goOn(attempt, ada.app.code(), 'totp', other.baseUrl),
    (query) => query('DELETE FROM factors WHERE id = $1', [ada.app.id]),
  )
  t.match(answer, { status: 401, body: { code: 'attempt_ended' } })
  t.equal(await sessionsOf(ada.user.id), 1)
})

t.test('a factor that is removed or added after the password ends the attempt', async (t) => {
  for (const change of [
    'DELETE FROM factors WHERE user_id = $1',
    `INSERT INTO factors (id, user_id, kind, name, sealed_secret, confirmed_at)
      SELECT gen_random_uuid(), user_id, 'totp', 'Another', sealed_secret, now() FROM factors WHERE user_id = $1`,
  ]) {
    const ada = await registerWithApp(node)
    const attempt = await beginLogin(node, ada.user.email)
    await node.database.pool.query(change, [ada.user.id])
    for (const [method, code] of [
      ['totp', ada.app.code()],
      ['recovery_code', ada.app.recoveryCodes[0] ?? ''],
    ] as const) {
      const answer = await goOn(attempt, code, method)
      t.match(
        answer,
        { status: 401, body: { code: /attempt_ended|invalid_factor/ } },
        `${method} after ${change.slice(0, 6)}`,
      )
    }
    t.equal(await sessionsOf(ada.user.id), 1)
  }
})

t.test('a removal ends the access tokens of the user on the other node', async (t) => {
  const ada = await registerWithApp(node)
  t.equal((await whoami(other.baseUrl, ada.access_token)).status, 200)
  const path = `${node.baseUrl}/auth/factors/${ada.app.id}`
  t.match(await call(path, { method: 'DELETE', token: ada.access_token }), { status: 200, body: {} })
  t.equal((await whoami(node.baseUrl, ada.access_token)).status, 401, 'on this node at once')
  while ((await whoami(other.baseUrl, ada.access_token)).status === 200) {}
  t.match(await whoami(other.baseUrl, ada.access_token), { status: 401, body: { code: 'token_revoked' } })
  t.equal((await refresh(other.baseUrl, ada.refresh_token)).status, 200, 'the session goes on')
})

t.test('two removals of the last two apps at once leave one where the settings require it', async (t) => {
  const strict = await startNode(t, { databaseUrl: node.databaseUrl, env: { FACTORS_REQUIRED: 'always' } })
  const ada = await registerWithApp(node)
  const sql = `INSERT INTO factors (id, user_id, kind, name, sealed_secret, confirmed_at)
    SELECT gen_random_uuid(), user_id, 'totp', 'Another', sealed_secret, now() FROM factors WHERE user_id = $1 RETURNING id`
  const second = (await node.database.pool.query<{ id: string }>(sql, [ada.user.id])).rows[0]?.id
  const { body } = await refresh(node.baseUrl, ada.refresh_token)
  const remove = (id: string | undefined) =>
    call(`${strict.baseUrl}/auth/factors/${id}`, { method: 'DELETE', token: body.access_token })
  const answers = await Promise.all([remove(ada.app.id), remove(second)])
  // The second request may find its access token revoked by the first one.
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  const kinds = await node.database.pool.query('SELECT id FROM factors WHERE user_id = $1', [ada.user.id])
  t.equal(kinds.rowCount, 1)
  const { body: next } = await refresh(node.baseUrl, body.refresh_token)
  const last = kinds.rows[0]?.id
  const refused = await call(`${strict.baseUrl}/auth/factors/${last}`, { method: 'DELETE', token: next.access_token })
  t.match(refused, { status: 409, body: { code: 'last_factor' } })
  await forgetSteps(node, ada.user.id)
})
