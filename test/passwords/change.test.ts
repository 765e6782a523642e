import t from 'tap'
import { createOneTimeToken } from '../../src/tokens/one-time-token.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'
import { auditOf, forgot, login, mailsOf, newPassword, newResetToken, reset } from './mailbox.ts'

// This node polls the database once a second, so what it denies with the response, the change itself denied.
const node = await startNode(t, { env: { REVOCATION_LISTEN: 'off' } })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const change = (token: string, body: object = {}) =>
  call(`${node.baseUrl}/auth/password`, {
    token,
    body: { current_password: password, new_password: newPassword, ...body },
  })
const loginAgain = async (email: string, given = password) =>
  (await login(node, email, given)).body as Record<string, string>

t.test(
  'a change ends the other sessions, on this node at once and on others soon, and this session goes on with new tokens',
  async (t) => {
    const { access_token: token, refresh_token: mine, session_id: sid, user } = await register(node.baseUrl)
    const phone = await loginAgain(user.email)
    const stranger = await register(node.baseUrl)
    t.equal((await whoami(other.baseUrl, phone['access_token']!)).status, 200, 'before')

    const answer = await change(token)
    t.match(answer, { status: 200, body: { session_id: sid, user: { id: user.id } } })
    t.equal((await whoami(node.baseUrl, phone['access_token']!)).status, 401, 'on this node, with the answer')
    t.comment(`another node denies after ${await untilDenied(other, phone['access_token']!)} ms`)
    t.equal((await row(node, phone['session_id']!)).revoke_reason, 'password_changed')
    t.equal((await refresh(node.baseUrl, phone['refresh_token']!)).status, 401)

    const { access_token: renewed = '', refresh_token: next = '' } = answer.body as Record<string, string>
    for (const { baseUrl } of [node, other])
      t.equal((await whoami(baseUrl, renewed)).status, 200, 'own new access token')
    t.equal((await whoami(node.baseUrl, token)).status, 401, 'a copy of the old access token')
    t.equal((await refresh(node.baseUrl, mine)).status, 401, 'a copy of the old refresh token')
    t.equal((await refresh(node.baseUrl, next)).status, 200, 'own new refresh token')
    t.equal((await whoami(other.baseUrl, stranger.access_token)).status, 200, 'somebody else')

    t.equal((await login(node, user.email)).status, 401, 'the old password')
    t.equal((await login(node, user.email, newPassword)).status, 200, 'the new one')
    const mails = await mailsOf(node, user.id)
    t.match(mails, [{ kind: 'password_changed', to: user.email, text: /You were signed out on every other device/ }])
    t.equal(mails.length, 1)
    const who = { actor_id: user.id, session_id: sid, ip: '127.0.0.1' }
    const event = (await auditOf(node, user.id)).find(({ type }) => type === 'password_changed')
    t.match(event, { ...who, detail: { sessions_ended: 1, others_kept: false } })
  },
)

t.test('a change can keep the other sessions', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  const phone = await loginAgain(user.email)
  t.equal((await change(token, { keep_other_sessions: true })).status, 200)
  t.equal((await whoami(node.baseUrl, phone['access_token']!)).status, 401, 'an access token from before')
  t.equal((await refresh(node.baseUrl, phone['refresh_token']!)).status, 200, 'the session goes on')
  t.equal((await login(node, user.email, newPassword)).status, 200)
  const event = (await auditOf(node, user.id)).find(({ type }) => type === 'password_changed')
  t.match(event, { detail: { sessions_ended: 0, others_kept: true } })
  t.notMatch((await mailsOf(node, user.id))[0]?.text, /logged out/)
})

t.test('a wrong current password changes nothing and is audited', async (t) => {
  const { access_token: token, session_id: sid, user } = await register(node.baseUrl)
  const phone = await loginAgain(user.email)
  const answer = await change(token, { current_password: 'not the password' })
  t.match(answer, { status: 401, body: { code: 'invalid_credentials' } })
  t.equal(answer.headers.get('www-authenticate'), 'Bearer realm="countersign"')
  t.equal((await whoami(node.baseUrl, phone['access_token']!)).status, 200)
  t.equal((await login(node, user.email)).status, 200)
  t.same(await mailsOf(node, user.id), [])
  const failed = (await auditOf(node, user.id)).filter(({ type }) => type === 'password_change_failed')
  t.match(failed, [{ actor_id: user.id, session_id: sid }])
  t.equal(failed.length, 1)
})

t.test('a weak new password, or the current one, is refused, and the error names the member', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl, 'babbage@example.com')
  for (const given of [
    'seven77',
    'Password123',
    'charles babbage',
    password,
    'x'.repeat(257),
    '\ud800 is no character',
  ]) {
    t.match(
      await change(token, { new_password: given }),
      { status: 400, body: { errors: [{ path: '/new_password' }] } },
      given,
    )
  }
  t.equal((await login(node, user.email)).status, 200)
})

t.test('after a change, earlier links for a reset or a change of address no longer work', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  const link = await newResetToken(node, user)
  const { hash } = createOneTimeToken()
  const sql = `INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
    VALUES (gen_random_uuid(), $1, 'email_change', $2, 'mallory@evil.test', now() + interval '1 hour')`
  await node.database.pool.query(sql, [user.id, hash])
  t.equal((await change(token)).status, 200)
  t.match(await reset(node, link, 'a third sentence altogether'), {
    status: 400,
    body: { code: 'invalid_one_time_token' },
  })
  const { rows } = await node.database.pool.query('SELECT purpose, email FROM one_time_tokens WHERE user_id = $1', [
    user.id,
  ])
  const own = { purpose: 'email_verification', email: user.email }
  t.same(rows, [own], 'that to another address, which a thief may have asked for, is gone too')
  t.equal((await forgot(node, user.email)).status, 202, 'and a new one is not put off')
  t.equal((await mailsOf(node, user.id)).filter(({ kind }) => kind === 'password_reset').length, 2)
})

t.test(
  'of 20 changes of one password at once one counts, and the session of each other device has ended',
  async (t) => {
    const { access_token: token, user } = await register(node.baseUrl)
    const attempts = Array.from({ length: 20 }, (_, i) => `sentence number ${i} of many`)
    const answers = await Promise.all(attempts.map((given) => change(token, { new_password: given })))
    const won = attempts.filter((_, i) => answers[i]?.status === 200)
    t.equal(won.length, 1, answers.map(({ status }) => status).join())
    t.ok(answers.every(({ status }) => [200, 401, 503].includes(status)))
    t.equal((await login(node, user.email, won[0])).status, 200)
  },
)

t.test(
  'the session of a login with the old password that is under way ends with the change, or the login fails',
  async (t) => {
    const { access_token: token, user } = await register(node.baseUrl)
    const logins = Array.from({ length: 8 }, () => loginAgain(user.email))
    const { status } = await change(token)
    t.equal(status, 200)
    for (const pair of await Promise.all(logins)) {
      const session = pair['session_id']
      if (session) t.equal((await row(node, session)).revoke_reason, 'password_changed')
      else t.match(pair, { code: /invalid_credentials|overloaded/ })
    }
  },
)

t.test('a change needs an active session', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  t.match(await change('x'), { status: 401, body: { code: 'invalid_token' } })
  await node.database.pool.query('UPDATE sessions SET revoked_at = now() WHERE user_id = $1', [user.id])
  t.match(await change(token), { status: 401, body: { code: 'token_revoked' } })
})
