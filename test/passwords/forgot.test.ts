import t from 'tap'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { seen } from '../setup/stopwatch.ts'
import { whileHeld } from '../setup/waiting.ts'
import { age, auditOf, forgot, mailsOf, reset, tokenIn } from './mailbox.ts'

const node = await startNode(t, { env: { APP_URL: 'https://app.example.test' } })
const { pool } = node.database

t.test('the mail goes to the stored address, with a link to APP_URL', async (t) => {
  const { user } = await register(node.baseUrl, 'Grace@Example.com')
  const response = await fetch(`${node.baseUrl}/auth/password/forgot`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.test',
      referer: 'https://evil.test/',
    },
    body: JSON.stringify({ email: ' gRACE@eXAMPLE.COM' }),
  })
  t.equal(response.status, 202)
  await node.app.afterAnswers()
  const [mail, ...more] = await mailsOf(node, user.id)
  t.same(more, [])
  t.match(mail, { kind: 'password_reset', to: 'Grace@Example.com', text: 'within 15 minutes' })
  const link = `https://app.example.test/reset-password#token=${tokenIn(mail!)}`
  t.match(mail, { text: link, html: `<a href="${link}">` })
  t.notMatch(JSON.stringify(mail), 'evil.test')
  t.match((await auditOf(node, user.id)).at(-1), {
    type: 'password_reset_requested',
    actor_id: null,
    detail: { sent: true },
  })
})

t.test('without APP_URL, links lead to PUBLIC_URL, whatever the Host header says', async (t) => {
  const plain = await startNode(t, { databaseUrl: node.databaseUrl })
  const { user } = await register(plain.baseUrl)
  await forgot(plain, user.email)
  t.match((await mailsOf(plain, user.id))[0]?.text, 'https://auth.example.test/reset-password#token=')
})

t.test(
  'a second request within a minute sends no mail, a later one does, and the newest three links work',
  async (t) => {
    const { user } = await register(node.baseUrl)
    const first = seen(await forgot(node, user.email))
    t.strictSame(seen(await forgot(node, user.email)), first)
    await age(node, user.id, 50)
    t.strictSame(seen(await forgot(node, user.email)), first)
    t.equal((await mailsOf(node, user.id)).length, 1)
    for (const count of [2, 3, 4, 5]) {
      await age(node, user.id, 61)
      t.strictSame(seen(await forgot(node, user.email)), first)
      t.equal((await mailsOf(node, user.id)).length, count)
      const live = `SELECT FROM one_time_tokens WHERE user_id = $1 AND purpose = 'password_reset'`
      const { rowCount } = await pool.query(live, [user.id])
      t.equal(rowCount, Math.min(count, 3))
    }
    const tokens = (await mailsOf(node, user.id)).map(tokenIn)
    for (const old of tokens.slice(0, 2)) t.equal((await reset(node, old)).status, 400)
    t.equal((await reset(node, tokens[2])).status, 204, 'the oldest of the three')
  },
)

t.test('no mail goes to an address that the user gives up while it is looked up', async (t) => {
  const { user } = await register(node.baseUrl)
  const answer = await whileHeld(
    node,
    (query) => query('UPDATE users SET email = $2, email_key = $2 WHERE id = $1', [user.id, 'moved@example.com']),
    () => forgot(node, user.email),
  )
  t.equal(answer.status, 202)
  t.same(await mailsOf(node, user.id), [])
  const { rowCount } = await pool.query(
    `SELECT FROM one_time_tokens WHERE purpose = 'password_reset' AND user_id = $1`,
    [user.id],
  )
  t.equal(rowCount, 0)
})

t.test('the response is the same for a known, an unknown and a disabled account', async (t) => {
  const { user } = await register(node.baseUrl, 'known@example.com')
  const gone = await register(node.baseUrl, 'away@example.com')
  await pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [gone.user.id])
  const mails = async () => Number((await pool.query('SELECT count(*) FROM mails')).rows[0].count)
  const known = seen(await forgot(node, 'known@example.com'))
  const before = await mails()
  t.strictSame([known.status, known.body], [202, { status: 'accepted', verification_id: '' }])
  for (const email of ['unknown@example.com', 'away@example.com', 'known@example.com']) {
    t.strictSame(seen(await forgot(node, email)), known, email)
  }
  t.equal(await mails(), before, 'and no mail is sent for these')
  t.equal((await mailsOf(node, user.id)).length, 1)
  const { rows } = await pool.query(`SELECT subject_id, detail FROM audit_events WHERE type = 'password_reset_requested'
    ORDER BY id DESC LIMIT 3`)
  t.same(
    rows.map(({ subject_id: id, detail }) => [id, detail.sent]),
    [
      [user.id, false],
      [gone.user.id, false],
      [null, false],
    ],
  )
})

t.test('the answer comes before the account is looked up, and the mail is written all the same', async (t) => {
  const { user } = await register(node.baseUrl)
  const client = await pool.connect()
  try {
    await client.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const { status } = await call(`${node.baseUrl}/auth/password/forgot`, { body: { email: user.email } })
    t.equal(status, 202)
    await client.query('COMMIT')
  } finally {
    client.release()
  }
  await node.app.afterAnswers()
  t.equal((await mailsOf(node, user.id)).length, 1)
})
