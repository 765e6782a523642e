/** A signed-in user signs in again by a code. */
import { decodeJwt } from 'jose'
import t from 'tap'
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { auditOf } from '../../passwords/mailbox.ts'
import { call, password, refresh, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { withOldLogin } from '../../setup/sessions.ts'
import { registerWithApp, wrongCode } from '../../setup/totp.ts'

const node = await startNode(t)
const limited = await startNode(t, { databaseUrl: node.databaseUrl, env: { RATE_LIMITS: 'session_password=2/600' } })
const prove = (token: string, body: unknown, at = node.baseUrl) =>
  call<TokenPair>(`${at}/auth/reauthenticate`, { token, body })
const ageOf = (token: string) => Math.round(Date.now() / 1000 - Number(decodeJwt(token)['auth_time']))

t.test('a code of the app makes the sign-in recent, once', async (t) => {
  const { app, user, ...ada } = await registerWithApp(node)
  const pair = await withOldLogin(node, { ...ada, user })
  t.ok(ageOf(pair.access_token) >= 3600)
  const given = { method: 'totp', code: app.code() }
  const { status, body } = await prove(pair.access_token, given)
  t.equal(status, 200)
  t.ok(ageOf(body.access_token) <= 60)
  t.match(decodeJwt(body.access_token), { sid: ada.session_id, amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' })
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 401, 'the refresh tokens from before end')
  t.match(await prove(body.access_token, given), { status: 401, body: { code: 'invalid_factor' } })
  const who = { actor_id: user.id, session_id: ada.session_id, detail: { method: 'totp' } }
  t.match((await auditOf(node, user.id)).at(-1), { type: 'reauthentication_failed', ...who })
})

t.test('a recovery code does the same', async (t) => {
  const { app, access_token: token, user } = await registerWithApp(node)
  const given = { method: 'recovery_code', code: app.recoveryCodes[3] }
  t.match(await prove(token, given), { status: 200 })
  t.ok((await auditOf(node, user.id)).some(({ type }) => type === 'recovery_code_used'))
  t.match(await prove(token, given), { status: 401, body: { code: 'invalid_factor' } })
})

t.test('the password of a user with an app is not enough', async (t) => {
  const { app, access_token: token } = await registerWithApp(node)
  const { status, body } = await prove(token, { password })
  t.match({ status, body }, { status: 200, body: { status: 'factor_required', factors: ['totp', 'recovery_code'] } })
  const { attempt } = body as unknown as { attempt: string }
  const step = { attempt, method: 'totp', code: app.code() }
  const ended = await call<TokenPair>(`${node.baseUrl}/auth/login/factor`, { body: step })
  t.match(ended, { status: 200, body: { status: 'signed_in' } }, 'the attempt goes on with a code')
})

t.test('wrong codes of a session wait, and do not keep the user from a sign-in', async (t) => {
  const { app, access_token: token } = await registerWithApp(node)
  const wrong = { method: 'totp', code: wrongCode(app.secret) }
  for (let i = 0; i < 2; i++) t.match(await prove(token, wrong, limited.baseUrl), { body: { code: 'invalid_factor' } })
  const right = { method: 'totp', code: app.code() }
  t.match(await prove(token, right, limited.baseUrl), { status: 429, body: { code: 'rate_limited' } })
})

t.test('one proof is asked for, with all its members', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  const cases: [unknown, { path: string; code: string }[]][] = [
    [{}, [{ path: '/password', code: 'required' }]],
    [{ method: 'totp' }, [{ path: '/code', code: 'required' }]],
    [{ code: '123456' }, [{ path: '/method', code: 'required' }]],
    [
      { password, method: 'totp', code: '123456' },
      [
        { path: '/method', code: 'not_with_other_proof' },
        { path: '/code', code: 'not_with_other_proof' },
      ],
    ],
    [{ method: 'totp', code: '12345' }, [{ path: '/code', code: 'not_six_digits' }]],
    [{ method: 'sms', code: '123456' }, [{ path: '/method', code: 'not_allowed' }]],
  ]
  for (const [body, errors] of cases) {
    t.match(await prove(token, body), { status: 400, body: { errors } }, JSON.stringify(body))
  }
  t.match(await prove(token, { method: 'totp', code: '123456' }), { status: 401, body: { code: 'invalid_factor' } })
})
