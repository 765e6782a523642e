/** A user who must have a second factor and has none adds an app during the sign-in. */
import { decodeJwt } from 'jose'
import t from 'tap'
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { openPage, spaOrigins } from '../../http/browser/page.ts'
import { call, password, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { codeFrom, registerWithApp, wrongCode } from '../../setup/totp.ts'

const lax = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const strict = await startNode(t, {
  databaseUrl: lax.databaseUrl,
  env: { FACTORS_REQUIRED: 'always', SPA_ORIGINS: spaOrigins },
})
const at = (path: string) => `${strict.baseUrl}${path}`
const login = (email: string) => call<Record<string, unknown>>(at('/auth/login'), { body: { email, password } })
const begin = (attempt: unknown) =>
  call<{ id: string; secret: string }>(at('/auth/login/enrolment/totp'), { body: { attempt } })
const confirm = (attempt: unknown, code: string) =>
  call<TokenPair & { recovery_codes?: string[] }>(at('/auth/login/enrolment/totp/confirm'), { body: { attempt, code } })
const ended = { status: 401, body: { code: 'attempt_ended' } }

t.test('the user adds an app, is signed in with two factors, and gets recovery codes', async (t) => {
  const { user } = await register(lax.baseUrl)
  const { status, body: owed } = await login(user.email)
  t.match(
    { status, owed },
    { status: 200, owed: { status: 'factor_required', factors: [], enrolment: ['totp', 'passkey'] } },
  )
  t.match(await confirm(owed['attempt'], '123456'), { status: 404, body: { code: 'not_found' } }, 'before it has begun')
  const begun = await begin(owed['attempt'])
  t.equal(begun.status, 200)
  t.equal(begun.headers.get('cache-control'), 'no-store')
  const { secret } = begun.body
  t.match(await confirm(owed['attempt'], wrongCode(secret)), { status: 400, body: { code: 'invalid_code' } })
  const { status: done, body } = await confirm(owed['attempt'], codeFrom(secret))
  t.equal(done, 200)
  t.match(body, { status: 'signed_in', mode: 'bearer', user: { id: user.id } })
  t.equal(body.recovery_codes?.length, 10)
  t.match(decodeJwt(body.access_token), { amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' })
  t.equal((await call(at('/auth/me'), { token: body.access_token })).status, 200)
  t.match(await confirm(owed['attempt'], codeFrom(secret)), ended, 'the attempt is over')
  t.match(await login(user.email), { body: { status: 'factor_required', factors: ['totp', 'recovery_code'] } })
})

t.test('whoever only knows the password of a user with an app adds no other', async (t) => {
  const { user } = await registerWithApp(lax)
  const { body } = await login(user.email)
  t.match(await begin(body['attempt']), ended)
  t.match(await confirm(body['attempt'], '123456'), ended)
})

t.test('a user who need not have a factor adds none during the sign-in', async (t) => {
  t.match(await begin('x'.repeat(43)), ended)
  const { user } = await register(lax.baseUrl)
  const { body } = await login(user.email)
  const path = `${lax.baseUrl}/auth/login/enrolment/totp`
  t.match(await call(path, { body: { attempt: body['attempt'] } }), ended, 'where the settings ask for none')
})

t.test('an app that was added elsewhere meanwhile ends the attempt', async (t) => {
  const { user } = await register(lax.baseUrl)
  const [first, second] = [(await login(user.email)).body['attempt'], (await login(user.email)).body['attempt']]
  const { secret } = (await begin(first)).body
  t.equal((await confirm(second, codeFrom(secret))).status, 200, 'either attempt may confirm it')
  t.match(await confirm(first, codeFrom(secret)), ended)
  t.match(await begin(first), ended)
})

t.test('five wrong codes end the attempt', async (t) => {
  const { user } = await register(lax.baseUrl)
  const { attempt } = (await login(user.email)).body
  const { secret } = (await begin(attempt)).body
  for (let i = 0; i < 5; i++) t.match(await confirm(attempt, wrongCode(secret)), { body: { code: 'invalid_code' } })
  t.match(await confirm(attempt, codeFrom(secret)), ended)
})

t.test('in cookie mode, the browser that began goes on, and no other', async (t) => {
  const { user } = await register(lax.baseUrl)
  const [page, thief] = [openPage(strict.baseUrl), openPage(strict.baseUrl)]
  const { body } = await page.ask('POST', '/auth/login', { email: user.email, password })
  const { attempt } = body as { attempt: string }
  t.match(await thief.ask('POST', '/auth/login/enrolment/totp', { attempt }), ended)
  t.match(await begin(attempt), ended, 'nor an app in bearer mode')
  const begun = await page.ask('POST', '/auth/login/enrolment/totp', { attempt })
  const { secret } = begun.body as { secret: string }
  const answer = await page.ask('POST', '/auth/login/enrolment/totp/confirm', { attempt, code: codeFrom(secret) })
  t.match(answer, { status: 200, body: { status: 'signed_in', mode: 'cookie', recovery_codes: { length: 10 } } })
  t.notHas(answer.body, 'access_token')
  t.equal((await page.ask('GET', '/auth/me')).status, 200)
})
