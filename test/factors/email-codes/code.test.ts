/** Signing in by the code of a mail. */
import t from 'tap'
import { wrong } from '../../email-addresses/code-mails.ts'
import { call, password } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { codeTo } from '../../setup/read-mails.ts'
import { begin, beginWithMail, byCode, verifiedUser } from './mail-sign-in.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const invalid = { status: 401, body: { code: 'invalid_factor' } }
const ended = { status: 401, body: { code: 'attempt_ended' } }
const sessionsOf = async (id: string) => (await pool.query('SELECT FROM sessions WHERE user_id = $1', [id])).rowCount

t.test('the code signs the user in, by mail', async (t) => {
  const { user, email } = await verifiedUser(node)
  const { attempt, code } = await beginWithMail(node, email)
  const answer = await byCode(node, attempt, code)
  t.match(answer, { status: 200, body: { status: 'signed_in', mode: 'bearer', user: { id: user.id, email } } })
  const token = answer.body['access_token'] as string
  t.match((await call(`${node.baseUrl}/auth/whoami`, { token })).body, { amr: ['email'] })
})

t.test('a code works once, and ends its link', async (t) => {
  const { email } = await verifiedUser(node)
  const { attempt, code, token } = await beginWithMail(node, email)
  t.equal((await byCode(node, attempt, code)).status, 200)
  t.match(await byCode(node, attempt, code), ended)
  t.match(await call(`${node.baseUrl}/auth/login/email/inspect`, { body: { token } }), { status: 400 })
})

t.test('200 submissions of one code at once, on two nodes, make one session', async (t) => {
  const { user, email } = await verifiedUser(node)
  const before = Number(await sessionsOf(user.id))
  const { attempt, code } = await beginWithMail(node, email)
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => byCode(i % 2 ? node : other, attempt, code)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 199)
  t.equal(await sessionsOf(user.id), before + 1)
})

t.test('a code works with its own attempt alone', async (t) => {
  const { email } = await verifiedUser(node)
  const [first, second] = [await beginWithMail(node, email), await beginWithMail(node, email)]
  if (first.code !== second.code) t.match(await byCode(node, second.attempt, first.code), invalid)
  for (const attempt of ['A'.repeat(43), 'x', '\u0000', first.token]) {
    t.match(await byCode(node, attempt, first.code), ended, attempt)
  }
  t.equal((await byCode(node, first.attempt, first.code)).status, 200)
})

t.test('the fifth wrong code ends the code', async (t) => {
  const { email } = await verifiedUser(node)
  const four = await beginWithMail(node, email)
  for (let i = 1; i <= 4; i++) t.match(await byCode(node, four.attempt, wrong(four.code, i)), invalid)
  t.equal((await byCode(node, four.attempt, four.code)).status, 200)
  const five = await beginWithMail(node, email)
  for (let i = 1; i <= 5; i++) t.match(await byCode(node, five.attempt, wrong(five.code, i)), invalid)
  t.match(await byCode(node, five.attempt, five.code), ended)
})

t.test('of a hundred wrong codes at once, on two nodes, five are compared', async (t) => {
  const { email } = await verifiedUser(node)
  const { attempt, code } = await beginWithMail(node, email)
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => byCode(i % 2 ? node : other, attempt, wrong(code, i + 1))),
  )
  t.equal(answers.filter(({ body }) => body['code'] === 'invalid_factor').length, 5)
  t.equal(answers.filter(({ body }) => body['code'] === 'attempt_ended').length, 95)
})

t.test('guesses at an email without an account are answered alike', async (t) => {
  const { attempt } = await begin(node, 'nobody@example.com')
  for (let i = 0; i < 5; i++) t.match(await byCode(node, attempt, `00000${i}`), invalid)
  t.match(await byCode(node, attempt, '000000'), ended)
})

t.test('a code ends after ten minutes', async (t) => {
  const { email } = await verifiedUser(node)
  for (const [table, answer] of [
    ['email_codes', invalid],
    ['one_time_tokens', invalid],
    ['signin_attempts', ended],
  ] as const) {
    const { attempt, code } = await beginWithMail(node, email)
    await pool.query(`UPDATE ${table} SET expires_at = now()`)
    t.match(await byCode(node, attempt, code), answer, table)
  }
})

t.test('an email that was changed since signs nobody in', async (t) => {
  const { user, email } = await verifiedUser(node)
  const { attempt, code } = await beginWithMail(node, email)
  await pool.query(`UPDATE users SET email = 'x' || email, email_key = 'x' || email_key WHERE id = $1`, [user.id])
  t.match(await byCode(node, attempt, code), invalid)
})

t.test('an account that was disabled since is told so, by the right code alone', async (t) => {
  const { user, email } = await verifiedUser(node)
  const { attempt, code } = await beginWithMail(node, email)
  await pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id])
  t.match(await byCode(node, attempt, wrong(code)), invalid)
  t.match(await byCode(node, attempt, code), { status: 403, body: { code: 'account_disabled' } })
})

t.test('with any SIGNUP, a user with an account signs in, and an account waits for its registration', async (t) => {
  const { email } = await verifiedUser(node)
  for (const SIGNUP of ['verified', 'closed']) {
    const at = await startNode(t, { databaseUrl: node.databaseUrl, env: { SIGNUP } })
    const { attempt, code } = await beginWithMail(at, email)
    t.equal((await byCode(at, attempt, code)).status, 200, SIGNUP)
    const waiting = `waiting-${SIGNUP}@example.com`
    await call(`${at.baseUrl}/auth/register`, { body: { email: waiting, password } })
    const { attempt: theirs } = await begin(at, waiting)
    if (SIGNUP === 'verified') t.match(await byCode(at, theirs, await codeTo(node, waiting)), invalid, 'another code')
  }
})

t.test('a body that is not of its method is refused', async (t) => {
  const { attempt } = await begin(node, 'nobody@example.com')
  const errors = async (body: object) =>
    (
      (await call(`${node.baseUrl}/auth/login/factor`, { body: { attempt, ...body } })).body['errors'] as {
        path: string
        code: string
      }[]
    ).map(({ path, code }) => `${path} ${code}`)
  t.same(await errors({ method: 'email_code' }), ['/code required'])
  t.same(await errors({ method: 'email_code', code: '12345' }), ['/code not_six_digits'])
  t.same(await errors({ method: 'email_link', token: '' }), ['/token too_short'])
})
