/** An authenticator app is added, and asked for at the sign-in. */
import { decodeJwt } from 'jose'
import t from 'tap'
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { auditOf } from '../../passwords/mailbox.ts'
import { call, password, refresh, register, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { mailsTo } from '../../setup/read-mails.ts'
import { row } from '../../setup/sessions.ts'
import { addApp, beginLogin, codeFrom, forgetSteps, registerWithApp, wrongCode } from '../../setup/totp.ts'

const node = await startNode(t, { env: { TOTP_ISSUER: 'Example' } })
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const at = (path: string) => `${node.baseUrl}${path}`
const begin = (token: string) =>
  call<{ id: string; secret: string; uri: string; qr_svg: string }>(at('/auth/factors/totp'), { method: 'POST', token })
const confirm = (token: string, id: string, code: string) =>
  call<{ recovery_codes?: string[] }>(at('/auth/factors/totp/confirm'), { token, body: { id, code } })
const factors = (token: string) => call(at('/auth/factors'), { token })
const goOn = (attempt: string, code: string, method = 'totp') =>
  call<TokenPair>(at('/auth/login/factor'), { body: { attempt, method, code } })

t.test('an app is confirmed by a code, and the user gets recovery codes, a mail and new tokens', async (t) => {
  const pair = await register(node.baseUrl)
  const { email, id: userId } = pair.user
  const begun = await begin(pair.access_token)
  t.equal(begun.status, 200)
  t.equal(begun.headers.get('cache-control'), 'no-store')
  const { id, secret, uri, qr_svg: qr } = begun.body
  t.match(secret, /^[A-Z2-7]{32}$/)
  t.equal(
    uri,
    `otpauth://totp/Example:${encodeURIComponent(email)}?secret=${secret}&issuer=Example&algorithm=SHA1&digits=6&period=30`,
  )
  t.match(qr, /^<svg /)
  t.same((await factors(pair.access_token)).body, { factors: [], recovery_codes_left: 0, required: false }, 'not yet')
  t.match(await confirm(pair.access_token, id, wrongCode(secret)), { status: 400, body: { code: 'invalid_code' } })

  const code = codeFrom(secret)
  const { status, headers, body } = await confirm(pair.access_token, id, code)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(body, { factor: { id, kind: 'totp', name: 'Authenticator app', last_used_at: String } })
  t.equal(body.recovery_codes?.length, 10)
  t.match((await mailsTo(node, email))[0], { kind: 'factor_added', text: /authenticator app was added/ })
  t.match((await auditOf(node, userId)).at(-1), {
    type: 'factor_added',
    actor_id: userId,
    session_id: pair.session_id,
    ip: '127.0.0.1',
    detail: { kind: 'totp' },
  })
  t.equal((await whoami(node.baseUrl, pair.access_token)).status, 401, 'tokens from before end')
  t.same((await row(node, pair.session_id)).amr, ['pwd', 'otp', 'mfa'])
  const next = (await refresh(node.baseUrl, pair.refresh_token)).body
  t.match(decodeJwt(next.access_token), { amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' })
  t.match(await factors(next.access_token), { body: { factors: [{ id, kind: 'totp' }], recovery_codes_left: 10 } })

  const attempt = await beginLogin(node, email)
  t.match(await goOn(attempt, code), { status: 401, body: { code: 'invalid_factor' } }, 'the code was used')
})

t.test('a sign-in needs the password and a code, and each code works once', async (t) => {
  const { user, app } = await registerWithApp(node)
  const login = await call(at('/auth/login'), { body: { email: user.email, password } })
  t.match(login, { status: 200, body: { status: 'factor_required', factors: ['totp', 'recovery_code'] } })
  t.notHas(login.body, 'access_token')
  const code = app.code()
  const { status, body } = await goOn(String(login.body['attempt']), code)
  t.equal(status, 200)
  t.match(body, { status: 'signed_in', mode: 'bearer', user: { id: user.id } })
  t.match(decodeJwt(body.access_token), { amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' })
  t.equal((await whoami(node.baseUrl, body.access_token)).status, 200)
  t.match(await goOn(String(login.body['attempt']), app.code()), { status: 401, body: { code: 'attempt_ended' } })
  const again = await beginLogin(node, user.email)
  t.match(await goOn(again, code), { status: 401, body: { code: 'invalid_factor' } })
  await forgetSteps(node, user.id)
  t.equal((await goOn(again, app.code())).status, 200, 'the attempt goes on after a wrong code')
})

t.test('five wrong codes end the attempt', async (t) => {
  const { user, app } = await registerWithApp(node)
  const attempt = await beginLogin(node, user.email)
  for (let i = 0; i < 5; i++) t.match(await goOn(attempt, wrongCode(app.secret)), { body: { code: 'invalid_factor' } })
  t.match(await goOn(attempt, app.code()), { status: 401, body: { code: 'attempt_ended' } })
  const events = (await auditOf(node, user.id)).filter(({ type }) => type === 'factor_failed')
  t.match(events.at(-1), { actor_id: null, session_id: null, detail: { method: 'totp' } })
})

t.test('the code of another user is wrong', async (t) => {
  const [ada, eve] = [await registerWithApp(node), await registerWithApp(node)]
  const attempt = await beginLogin(node, ada.user.email)
  t.match(await goOn(attempt, eve.app.code()), { status: 401, body: { code: 'invalid_factor' } })
})

t.test('a second app can be added, and takes codes too; it brings no new recovery codes', async (t) => {
  const ada = await registerWithApp(node)
  const second = await addApp(node, ada.access_token)
  t.same(second.recoveryCodes, [])
  const attempt = await beginLogin(node, ada.user.email)
  await forgetSteps(node, ada.user.id)
  t.equal((await goOn(attempt, second.code())).status, 200)
  const { body } = await refresh(node.baseUrl, ada.refresh_token)
  await addApp(node, body.access_token)
  const { body: third } = await refresh(node.baseUrl, body.refresh_token)
  t.match(await begin(third.access_token), { status: 409, body: { code: 'too_many_apps' } })
})

t.test('a new secret takes the place of one that was not confirmed', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  const [first, second] = [(await begin(token)).body, (await begin(token)).body]
  t.match(await confirm(token, first.id, codeFrom(first.secret)), { status: 404, body: { code: 'not_found' } })
  t.match(await confirm(token, second.id, codeFrom(first.secret)), { status: 400, body: { code: 'invalid_code' } })
  t.equal((await confirm(token, second.id, codeFrom(second.secret))).status, 200)
})

t.test('two confirmations at once with one code, on two nodes, add one app', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  const { id, secret } = (await begin(token)).body
  const body = { id, code: codeFrom(secret) }
  const answers = await Promise.all(
    [node, other, node, other].map(({ baseUrl }) => call(`${baseUrl}/auth/factors/totp/confirm`, { token, body })),
  )
  t.same(
    answers.map(({ status }) => status).filter((status) => status === 200),
    [200],
  )
  t.ok(answers.every(({ status }) => [200, 401, 404].includes(status)))
})

t.test('nobody confirms or removes the app of another user', async (t) => {
  const [ada, eve] = [await register(node.baseUrl), await register(node.baseUrl)]
  const { id, secret } = (await begin(ada.access_token)).body
  t.match(await confirm(eve.access_token, id, codeFrom(secret)), { status: 404 })
  await confirm(ada.access_token, id, codeFrom(secret))
  const path = at(`/auth/factors/${id}`)
  t.match(await call(path, { method: 'DELETE', token: eve.access_token }), { status: 404 })
  t.match(await call(path, { method: 'PATCH', token: eve.access_token, body: { name: 'Mine' } }), { status: 404 })
})
