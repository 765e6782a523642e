/** The approval of a sign-in by mail on another device than the one that asked for it. */
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { approve, beginWithMail, inspect, otherNumber } from './mail-sign-in.ts'

const node = await startNode(t)
const other = await startNode(t, { databaseUrl: node.databaseUrl })
const { pool } = node.database
const ada = 'ada@example.com'
await register(node.baseUrl, ada)
const begin = () => beginWithMail(node, ada)
const over = { status: 400, body: { code: 'invalid_one_time_token' } }
const wrong = { status: 400, body: { code: 'wrong_number' } }
const approvals = async () => (await pool.query('SELECT FROM signin_attempts WHERE approved_at IS NOT NULL')).rowCount

t.test('the link shows which device asked, from where and when', async (t) => {
  const { token } = await begin()
  t.match(await inspect(node, token), {
    status: 200,
    body: { device: 'An app', ip: '127.0.0.1', requested_at: /Z$/, expires_in: Number, same_browser: false },
  })
})

t.test('no word of the User-Agent header is shown, because a stranger writes it', async (t) => {
  for (const [agent, shown] of [
    ['Enter 42 now/1.0 (X)', 'An app'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox on Windows'],
    ['Enter 42 now/1.0 (Windows NT 10.0)', 'An app on Windows'],
  ] as const) {
    const headers = { 'content-type': 'application/json', 'user-agent': agent }
    await fetch(`${node.baseUrl}/auth/login/email`, { method: 'POST', headers, body: JSON.stringify({ email: ada }) })
    await node.app.afterAnswers()
    const { rows } = await pool.query('SELECT device FROM signin_attempts ORDER BY created_at DESC LIMIT 1')
    t.same(rows, [{ device: shown }])
  }
})

t.test('looking changes nothing', async (t) => {
  const { token } = await begin()
  const state = async () =>
    (await pool.query('SELECT a::text, o::text, c::text FROM signin_attempts a, one_time_tokens o, email_codes c')).rows
  const before = await state()
  for (let i = 0; i < 9; i++) t.equal((await inspect(node, token)).status, 200)
  t.same(await state(), before)
})

t.test('the right number approves, on any node, and again if the answer was lost', async (t) => {
  const { token, number } = await begin()
  const before = Number(await approvals())
  t.equal((await approve(other, token, number)).status, 204)
  t.equal((await approve(node, token, number)).status, 204)
  t.equal(await approvals(), before + 1)
  const { rows } = await pool.query(`SELECT actor_id FROM audit_events WHERE type = 'sign_in_approved'`)
  t.equal(rows.length, 2)
})

t.test('the third wrong number ends the link, for the right number too', async (t) => {
  const { token, number } = await begin()
  for (let i = 1; i <= 3; i++) t.match(await approve(node, token, otherNumber(number, i)), wrong)
  t.match(await approve(node, token, number), over)
  t.match(await inspect(node, token), over)
})

t.test('of forty wrong numbers at once, on two nodes, three are compared', async (t) => {
  const { token, number } = await begin()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => approve(i % 2 ? node : other, token, otherNumber(number, i + 1))),
  )
  t.equal(answers.filter(({ body }) => body['code'] === 'wrong_number').length, 3)
  t.equal(answers.filter(({ body }) => body['code'] === 'invalid_one_time_token').length, 37)
})

t.test('a number that is missing or malformed is no try', async (t) => {
  const { token, number } = await begin()
  t.match(await approve(node, token, undefined), {
    status: 400,
    body: { errors: [{ path: '/number', code: 'required' }] },
  })
  for (const text of ['', '1', '123', ' 42', '4a', '٤٢', '42\n']) {
    const errors = [{ path: '/number', code: 'not_two_digits' }]
    t.match(await approve(node, token, text), { status: 400, body: { errors } }, JSON.stringify(text))
  }
  t.equal((await approve(node, token, number)).status, 204)
})

t.test('a link approves only its own sign-in, and no other secret does', async (t) => {
  const [first, second] = [await begin(), await begin()]
  const before = Number(await approvals())
  if (first.number !== second.number) t.match(await approve(node, first.token, second.number), wrong)
  for (const token of [first.attempt, 'A'.repeat(43), 'x', '\u0000'])
    t.match(await approve(node, token, first.number), over)
  t.equal(await approvals(), before)
})

t.test('a link ends after ten minutes', async (t) => {
  const { token, number } = await begin()
  await pool.query(`UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'sign_in'`)
  t.match(await inspect(node, token), over)
  t.match(await approve(node, token, number), over)
  const again = await begin()
  await pool.query('UPDATE signin_attempts SET expires_at = now()')
  t.match(await approve(node, again.token, again.number), over)
})

t.test('a link for something else approves nothing, and this link does nothing else', async (t) => {
  const { token } = await begin()
  t.match(await call(`${node.baseUrl}/auth/email/verify`, { body: { token } }), over)
  t.match(
    await call(`${node.baseUrl}/auth/password/reset`, { body: { token, password: 'quite another sentence' } }),
    over,
  )
  t.equal((await inspect(node, token)).status, 200)
})
