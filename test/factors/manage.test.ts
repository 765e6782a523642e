/** The factors of a signed-in user: listed, renamed, removed, and the recovery codes that go with them. */
import t from 'tap'
import { auditOf } from '../passwords/mailbox.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { addPasskey } from '../setup/factors.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { withOldLogin } from '../setup/sessions.ts'
import { addApp, beginLogin, forgetSteps, registerWithApp } from '../setup/totp.ts'

const node = await startNode(t)
const strict = await startNode(t, { databaseUrl: node.databaseUrl, env: { FACTORS_REQUIRED: 'always' } })
const at = (path: string) => `${node.baseUrl}${path}`
const list = (token: string) => call(at('/auth/factors'), { token })
const remove = (token: string, id: string, from = node.baseUrl) =>
  call(`${from}/auth/factors/${id}`, { method: 'DELETE', token })
const newCodes = (token: string) =>
  call<{ recovery_codes: string[] }>(at('/auth/factors/recovery-codes'), { method: 'POST', token })
const codesOf = async (userId: string) =>
  (await node.database.pool.query('SELECT hash, used_at FROM recovery_codes WHERE user_id = $1', [userId])).rows
const goOn = (attempt: string, code: string, method = 'recovery_code') =>
  call(at('/auth/login/factor'), { body: { attempt, method, code } })

t.test('a factor gets a name', async (t) => {
  const { access_token: token, app } = await registerWithApp(node)
  const rename = (body: unknown) => call(at(`/auth/factors/${app.id}`), { method: 'PATCH', token, body })
  t.match(await rename({ name: '  Old phone ' }), {
    status: 200,
    body: { id: app.id, kind: 'totp', name: 'Old phone' },
  })
  t.match(await list(token), { body: { factors: [{ name: 'Old phone' }] } })
  for (const name of ['', ' ', 'a\u0000b', 'x'.repeat(101), 5, null, '\ud800']) {
    t.match(await rename({ name }), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(name))
  }
})

t.test('the removal of the last factor ends the recovery codes, with a mail and an event', async (t) => {
  const { access_token: token, user, app, session_id: session, refresh_token: next } = await registerWithApp(node)
  t.equal((await codesOf(user.id)).length, 10)
  t.strictSame((await remove(token, app.id)).body, {})
  t.same(await codesOf(user.id), [])
  const [mail] = await mailsTo(node, user.email)
  t.match(mail, { kind: 'factor_removed', text: /It was the last one\. Your recovery codes have ended/ })
  const who = { actor_id: user.id, session_id: session, detail: { kind: 'totp', last: true } }
  t.match((await auditOf(node, user.id)).at(-1), { type: 'factor_removed', ...who })
  const { body } = await refresh(node.baseUrl, next)
  t.same((await list(body.access_token)).body, { factors: [], recovery_codes_left: 0, required: false })
  const login = await call(at('/auth/login'), { body: { email: user.email, password } })
  t.match(login, { status: 200, body: { status: 'signed_in' } }, 'the password is enough again')
  t.match(await newCodes(body.access_token), { status: 409, body: { code: 'no_factor' } })
})

t.test(
  'the recovery codes stay while a factor is left, and a removed passkey tells the browser which are left',
  async (t) => {
    const { access_token: token, user, refresh_token: next } = await registerWithApp(node)
    const gone = await addPasskey(node.database, user.id)
    const kept = await addPasskey(node.database, user.id)
    const sql = 'SELECT credential_id FROM factors WHERE id = $1'
    const credential = (await node.database.pool.query(sql, [kept])).rows[0]?.credential_id as Buffer
    const { body: pair } = await refresh(node.baseUrl, next)
    t.not(pair.access_token, token)
    const { status, body } = await remove(pair.access_token, gone)
    t.equal(status, 200)
    t.same(body['accepted_credentials'], {
      rp_id: 'auth.example.test',
      user_id: Buffer.from(user.id.replaceAll('-', ''), 'hex').toString('base64url'),
      all_accepted_credential_ids: [credential.toString('base64url')],
    })
    t.equal((await codesOf(user.id)).length, 10)
    t.match((await mailsTo(node, user.email))[0], { text: /A passkey was removed/ })
  },
)

t.test('the last factor cannot be removed where the settings require one', async (t) => {
  const ada = await registerWithApp(node)
  t.match(await list(ada.access_token), { body: { required: false } })
  t.match(await call(`${strict.baseUrl}/auth/factors`, { token: ada.access_token }), { body: { required: true } })
  const refused = await remove(ada.access_token, ada.app.id, strict.baseUrl)
  t.match(refused, { status: 409, body: { code: 'last_factor' } })
  t.equal((await codesOf(ada.user.id)).length, 10)
  const second = await addApp(node, ada.access_token)
  const { body } = await refresh(node.baseUrl, ada.refresh_token)
  t.equal((await remove(body.access_token, second.id, strict.baseUrl)).status, 200, 'another one is left')
})

t.test('new recovery codes end the old ones, and each code works once', async (t) => {
  const { access_token: token, user, app } = await registerWithApp(node)
  const before = app.recoveryCodes[0] ?? ''
  const { status, headers, body } = await newCodes(token)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.equal(new Set(body.recovery_codes).size, 10)
  t.ok(body.recovery_codes.every((code) => /^[0-9A-HJKMNP-TV-Z]{6}(-[0-9A-HJKMNP-TV-Z]{6}){3}$/.test(code)))
  t.match((await mailsTo(node, user.email))[0], { kind: 'recovery_codes_created' })
  const attempt = await beginLogin(node, user.email)
  t.match(await goOn(attempt, before), { status: 401, body: { code: 'invalid_factor' } })
  const [first = '', second = ''] = body.recovery_codes
  t.match(await goOn(attempt, ` ${first.toLowerCase().replaceAll('-', ' ')} `), { status: 200 })
  t.match(await list(token), { body: { recovery_codes_left: 9 } })
  t.match((await mailsTo(node, user.email))[0], {
    kind: 'recovery_code_used',
    text: /9 recovery codes are left/,
  })
  const again = await beginLogin(node, user.email)
  t.match(await goOn(again, first), { status: 401, body: { code: 'invalid_factor' } })
  t.match(await goOn(again, second, 'totp'), {
    status: 400,
    body: { errors: [{ path: '/code', code: 'not_six_digits' }] },
  })
  t.match(await goOn(again, second), { status: 200 })
  t.notMatch(JSON.stringify(await codesOf(user.id)), first)
})

t.test('every change needs a recent sign-in', async (t) => {
  const ada = await registerWithApp(node)
  const { access_token: token } = await withOldLogin(node, ada)
  const refused = { status: 401, body: { code: 'reauthentication_required' } }
  t.match(await remove(token, ada.app.id), refused)
  t.match(await newCodes(token), refused)
  t.match(await call(at('/auth/factors/totp'), { method: 'POST', token }), refused)
  const body = { id: ada.app.id, code: '000000' }
  t.match(await call(at('/auth/factors/totp/confirm'), { token, body }), refused)
  t.equal((await list(token)).status, 200)
})

t.test('a user without an email gets no mail, and the changes succeed', async (t) => {
  const pair = await register(node.baseUrl)
  const sql = 'UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL WHERE id = $1'
  await node.database.pool.query(sql, [pair.user.id])
  const app = await addApp(node, pair.access_token)
  t.match(app.uri, /^otpauth:\/\/totp\/auth\.example\.test:account\?/)
  await forgetSteps(node, pair.user.id)
  const { body } = await refresh(node.baseUrl, pair.refresh_token)
  t.equal((await newCodes(body.access_token)).status, 200)
  t.equal((await remove(body.access_token, app.id)).status, 200)
  const mails = `SELECT 1 FROM mails WHERE user_id = $1 AND kind LIKE '%factor%' OR kind LIKE 'recovery%' AND user_id = $1`
  t.equal((await node.database.pool.query(mails, [pair.user.id])).rowCount, 0)
})
