/** The codes beside the links in mails. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { askByRegister, askFor, guessCodes, verify, wrong } from './code-mails.ts'

const node = await startNode(t)
const { databaseUrl } = node
const { pool } = node.database
const verified = await startNode(t, { databaseUrl, env: { SIGNUP: 'verified' } })
const at = (path: string) => `${node.baseUrl}/auth/${path}`
const reset = (body: object) => call(at('password/reset'), { body: { password: 'quite another sentence', ...body } })
const login = (email: string, given = password) => call(at('login'), { body: { email, password: given } })
const invalid = { status: 400, body: { code: 'invalid_code' } }
const usedUp = { status: 400, body: { code: 'invalid_one_time_token' } }
const done = { status: 204 }
const idOf = (verificationId: string) => createHash('sha256').update(verificationId).digest()
const rowOf = async (verificationId: string) =>
  (await pool.query('SELECT * FROM email_codes WHERE id = $1', [idOf(verificationId)])).rows[0]

t.test('the code of a mail does what its link does, with the verification_id of the answer', async (t) => {
  const email = 'ada@example.com'
  const { code, verification_id } = await askByRegister(node, email)
  t.match(await verify(node, { code, verification_id }), done, 'register')
  t.match((await login(email)).body, { user: { email_verified: true } })

  await register(node.baseUrl, 'again@example.com')
  const again = await askFor(node, 'email/resend', 'again@example.com', { email: 'again@example.com' })
  t.match(await verify(node, { code: again.code, verification_id: again.verification_id }), done, 'resend')

  const forgot = await askFor(node, 'password/forgot', email, { email })
  t.match(await reset({ code: forgot.code, verification_id: forgot.verification_id }), done, 'forgot')
  t.equal((await login(email, 'quite another sentence')).status, 200)

  const next = { email: 'next@example.com', password }
  const opening = await askFor(verified, 'register', next.email, next)
  const { code: digits, verification_id: id } = opening
  t.match(await verify(node, { code: digits, verification_id: id, password }), done, 'register, with SIGNUP=verified')
  t.equal((await login(next.email)).status, 200)

  const { access_token: token } = await register(node.baseUrl)
  const moved = await askFor(node, 'email/change', 'moved@example.com', { new_email: 'moved@example.com' }, token)
  t.match(await verify(node, { code: moved.code, verification_id: moved.verification_id }), done, 'change')
  t.match((await call(at('me'), { token })).body, { email: 'moved@example.com' })
})

t.test('a mail says for how long the code works, and asks its reader to keep it', async (t) => {
  const { code } = await askByRegister(node, 'reader@example.com')
  const [mail] = await mailsTo(node, 'reader@example.com')
  t.match(
    mail?.text,
    `\n\nIf you are asked for a code instead, enter this one within 10 minutes. Do not tell it to anybody:\n${code}\n\n`,
  )
  t.match(mail?.html, `<br><strong>${code}</strong></p>`)
})

t.test('a mail works once, by its code or by its link', async (t) => {
  const byCode = await askByRegister(node, 'by-code@example.com')
  t.match(await verify(node, { code: byCode.code, verification_id: byCode.verification_id }), done)
  t.match(await verify(node, { token: byCode.token }), usedUp)
  t.match(await verify(node, { code: byCode.code, verification_id: byCode.verification_id }), invalid)
  const byLink = await askByRegister(node, 'by-link@example.com')
  t.match(await verify(node, { token: byLink.token }), done)
  t.match(await verify(node, { code: byLink.code, verification_id: byLink.verification_id }), invalid)
})

t.test('forty requests with the code and the link at once: one succeeds', async (t) => {
  const { code, verification_id, token } = await askByRegister(node, 'forty@example.com')
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => verify(node, i % 2 === 0 ? { token } : { code, verification_id })),
  )
  t.equal(answers.filter(({ status }) => status === 204).length, 1)
  t.equal(answers.filter(({ status }) => status === 400).length, 39)
})

t.test('a refused password uses neither the code nor a try up', async (t) => {
  const email = 'weak@example.com'
  await register(node.baseUrl, email)
  const { code, verification_id } = await askFor(node, 'password/forgot', email, { email })
  for (let i = 0; i < 6; i++) {
    t.match((await reset({ code, verification_id, password: 'password' })).body, { code: 'invalid_request' })
  }
  t.match(await reset({ code, verification_id }), done)
})

t.test('a code works only with the verification_id of its own request, and only for its own purpose', async (t) => {
  const email = 'bound@example.com'
  const first = await askByRegister(node, email)
  const second = await askFor(node, 'email/resend', email, { email })
  const other = await askByRegister(node, 'stranger@example.com')
  if (first.code !== second.code) {
    t.match(await verify(node, { code: first.code, verification_id: second.verification_id }), invalid)
  }
  if (first.code !== other.code) {
    t.match(await verify(node, { code: first.code, verification_id: other.verification_id }), invalid)
  }
  for (const id of ['A'.repeat(43), 'x', '\u0000', first.token]) {
    t.match(await verify(node, { code: first.code, verification_id: id }), invalid)
  }
  t.match(await reset({ code: first.code, verification_id: first.verification_id }), usedUp)
  t.match(await verify(node, { code: first.code, verification_id: first.verification_id }), done)
})

t.test('the fifth wrong code ends a code, and the link goes on', async (t) => {
  const four = await askByRegister(node, 'four@example.com')
  t.same(await guessCodes(node, four, 4), Array(4).fill('invalid_code'))
  t.match(await verify(node, { code: four.code, verification_id: four.verification_id }), done, 'after four')

  const five = await askByRegister(node, 'five@example.com')
  t.same(await guessCodes(node, five, 5), Array(5).fill('invalid_code'))
  t.match(await verify(node, { code: five.code, verification_id: five.verification_id }), invalid, 'after five')
  const sql = `SELECT subject_id, detail FROM audit_events WHERE type = 'email_code_exhausted'`
  const { rows } = await pool.query(sql)
  const owner = await pool.query(`SELECT id FROM users WHERE email = 'five@example.com'`)
  t.same(rows, [{ subject_id: owner.rows[0].id, detail: null }])
  t.match(await verify(node, { token: five.token }), done)
})

t.test('wrong codes that wait for one another are all counted, on two nodes', async (t) => {
  const asked = await askByRegister(node, 'parallel@example.com')
  const waiters = 8
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT FROM email_codes WHERE id = $1 FOR UPDATE', [idOf(asked.verification_id)])
    const answers = Promise.all(
      Array.from({ length: waiters }, (_, i) =>
        verify(i % 2 === 0 ? node : verified, {
          verification_id: asked.verification_id,
          code: wrong(asked.code, i + 1),
        }),
      ),
    )
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
    while ((await pool.query(waiting)).rowCount !== waiters) await pause(5)
    await client.query('COMMIT')
    t.ok((await answers).every(({ body }) => body['code'] === 'invalid_code'))
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
  t.equal((await rowOf(asked.verification_id)).tries, 5)
  t.match(await verify(node, { code: asked.code, verification_id: asked.verification_id }), invalid)
})

t.test('of 100 wrong codes at once, on two nodes, five are counted', async (t) => {
  const asked = await askByRegister(node, 'hundred@example.com')
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      verify(i % 2 === 0 ? node : verified, { verification_id: asked.verification_id, code: wrong(asked.code, i + 1) }),
    ),
  )
  t.ok(answers.every(({ body }) => body['code'] === 'invalid_code'))
  t.equal((await rowOf(asked.verification_id)).tries, 5)
  t.match(await verify(node, { code: asked.code, verification_id: asked.verification_id }), invalid)
})

t.test('a code expires after ten minutes, or with its link', async (t) => {
  const lifeOf = async (id: string) =>
    (
      await pool.query('SELECT extract(epoch FROM expires_at - now())::int AS s FROM email_codes WHERE id = $1', [
        idOf(id),
      ])
    ).rows[0].s
  const asked = await askByRegister(node, 'late@example.com')
  const life = await lifeOf(asked.verification_id)
  t.ok(life <= 600 && life > 500, `${life} seconds`)
  await pool.query('UPDATE email_codes SET expires_at = now() WHERE id = $1', [idOf(asked.verification_id)])
  t.match(await verify(node, { code: asked.code, verification_id: asked.verification_id }), invalid)
  t.match(await verify(node, { token: asked.token }), done, 'the link lives longer')

  const short = await startNode(t, { databaseUrl, env: { PASSWORD_RESET_SECONDS: '60' } })
  const email = 'late@example.com'
  const soon = await askFor(short, 'password/forgot', email, { email })
  t.ok((await lifeOf(soon.verification_id)) <= 60)
  await pool.query(`UPDATE one_time_tokens SET expires_at = now() WHERE purpose = 'password_reset'`)
  t.match(await reset({ code: soon.code, verification_id: soon.verification_id }), invalid)
})

t.test('a body needs a token, or a verification_id with a code', async (t) => {
  const errors = async (body: object) =>
    ((await verify(node, body)).body['errors'] as { path: string; code: string }[]).map(
      ({ path, code }) => `${path} ${code}`,
    )
  const id = 'A'.repeat(43)
  t.same(await errors({}), ['/token required'])
  t.same(await errors({ code: '048213' }), ['/verification_id required'])
  t.same(await errors({ verification_id: id }), ['/code required'])
  t.same(await errors({ token: id, code: '048213' }), ['/code not_with_token'])
  t.same(await errors({ token: id, verification_id: id }), ['/verification_id not_with_token'])
  for (const code of ['', '48213', '0482131', '04821a', ' 48213', '٠٤٨٢١٣', '048213\n']) {
    t.same(await errors({ verification_id: id, code }), ['/code not_six_digits'], JSON.stringify(code))
  }
  t.same(await errors({ verification_id: id, code: 48213 }), ['/code wrong_type'])
  t.same(await errors({ verification_id: 'x'.repeat(101), code: '048213' }), ['/verification_id too_long'])
  const { body } = await reset({})
  t.match(body, { errors: [{ path: '/token', code: 'required' }] })
})
