/** Sending the outbox to a real mail server that refuses, stalls, stops and starts again. */
import t from 'tap'
import { call, register } from '../setup/client.ts'
import { refusal, startMailServer, until } from '../setup/mail-server.ts'
import { deadMails, mailRows, makeDue, post } from '../setup/mails.ts'
import { startNode } from '../setup/node.ts'

t.test('a mail is sent at once and in full, and deleted afterwards', async (t) => {
  const server = await startMailServer(t)
  const node = await startNode(t, {
    mail: true,
    env: { SMTP_URL: server.url, MAIL_FROM: 'Example <auth@example.com>' },
  })
  await register(node.baseUrl, 'ada@example.com')
  await until(() => server.received.length === 1)
  const [mail] = server.received
  t.match(mail, { to: 'ada@example.com', messageId: /^[0-9a-f-]{36}@auth\.example\.test$/ })
  t.match(mail?.raw, /^From: Example <auth@example\.com>\r$/m)
  t.match(mail?.raw, /^To: ada@example\.com\r$/m)
  t.match(mail?.raw, /^Auto-Submitted: auto-generated\r$/im)
  await until(async () => (await mailRows(node)).length === 0)
})

t.test('a mail that another process posted is sent soon', async (t) => {
  const server = await startMailServer(t)
  const node = await startNode(t, { mail: true, env: { SMTP_URL: server.url } })
  await post(node, ['late@example.com'])
  await until(() => server.received.length === 1)
  t.pass()
})

t.test('a 5xx reply to the recipient: the mail is given up at once, and its error names nobody', async (t) => {
  const server = await startMailServer(t, {
    onRecipient: (address) => {
      throw refusal(550, `5.1.1 <${address}>: no such user`)
    },
  })
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const node = await startNode(t, { mail: true, env: { SMTP_URL: server.url }, log })
  const { user } = await register(node.baseUrl, 'nobody-there@example.com')
  await until(async () => (await deadMails(node)).length === 1)
  const dead = await deadMails(node)
  t.match(dead, [{ kind: 'email_verification', userId: user.id, attempts: 1, lastError: '550 5.1.1 to RCPT TO' }])
  t.same(Object.keys(dead[0] ?? {}).toSorted(), [
    'attempts',
    'createdAt',
    'deadAt',
    'id',
    'kind',
    'lastError',
    'userId',
  ])
  // The node logs it after it has marked the mail.
  await until(() => lines.some((line) => line.includes('a mail was given up')))
  t.notMatch(lines.join('') + JSON.stringify(await mailRows(node)), /nobody-there|no such user|#token=/)
  await makeDue(node)
  await new Promise((resolve) => setTimeout(resolve, 1200))
  t.match(await deadMails(node), [{ attempts: 1 }], 'it is not tried again')
})

t.test('a 4xx reply: the mail is tried again after growing pauses, and given up after ten attempts', async (t) => {
  const server = await startMailServer(t, {
    onRecipient: () => {
      throw refusal(451, '4.7.1 Greylisted')
    },
  })
  const node = await startNode(t, { mail: true, env: { SMTP_URL: server.url } })
  const started = (await node.database.pool.query('SELECT now()')).rows[0].now
  await post(node, ['grey@example.com'])
  // Times of the database. The mail was tried between the two, and its pause begins then.
  let before = started
  for (const [i, expected] of [10, 30, 90, 270, 810, 2430, 7200, 7200, 7200].entries()) {
    await until(async () => (await mailRows(node))[0]?.last_error !== null)
    const { rows } = await node.database.pool.query('SELECT attempts, last_error, next_attempt_at, now() FROM mails')
    t.match(rows[0], { attempts: i + 1, last_error: '451 4.7.1 to RCPT TO' })
    const [most, least] = [before, rows[0].now].map((at) => (rows[0].next_attempt_at - at) / 1000) as [number, number]
    t.ok(most >= expected * 0.85 && least <= expected * 1.15, `after attempt ${i + 1}: ${least} to ${most} s`)
    const sql = 'UPDATE mails SET last_error = NULL, next_attempt_at = now() RETURNING now()'
    before = (await node.database.pool.query(sql)).rows[0].now
    node.mail?.wake()
  }
  await until(async () => (await deadMails(node)).length === 1)
  t.match(await deadMails(node), [{ attempts: 10, lastError: '451 4.7.1 to RCPT TO' }])
})

t.test('an error that concerns the server and not the mail gives up no mail', async (t) => {
  const server = await startMailServer(t)
  const url = server.url.replace('//', '//user:wrong-password@')
  const node = await startNode(t, { mail: true, env: { SMTP_URL: url } })
  await post(node, ['ada@example.com'])
  await until(async () => (await mailRows(node))[0]?.last_error !== null)
  t.match(await mailRows(node), [{ dead_at: null, last_error: /^5\d\d.* to AUTH|no answer/ }])
})

t.test('a mail server that is down for a while: no mail is lost, and the error is stored', async (t) => {
  const server = await startMailServer(t)
  await server.stop()
  const node = await startNode(t, { mail: true, env: { SMTP_URL: server.url } })
  const addresses = Array.from({ length: 12 }, (_, i) => `${i}@example.com`)
  await post(node, addresses)
  await until(async () => (await mailRows(node)).every(({ last_error: reason }) => reason !== null))
  const waiting = { last_error: 'no answer (ECONNREFUSED)', attempts: 1, dead_at: null }
  for (const row of await mailRows(node)) t.match(row, waiting)
  await server.start()
  await makeDue(node)
  await until(async () => (await mailRows(node)).length === 0)
  t.same(server.received.map(({ to }) => to).toSorted(), addresses.toSorted())
})

t.test('a mail whose link has expired is given up, and other late mails are sent', async (t) => {
  const server = await startMailServer(t)
  const { databaseUrl, ...held } = await startNode(t)
  const late = await register(held.baseUrl, 'late@example.com')
  const later = await register(held.baseUrl, 'later@example.com')
  await call(`${held.baseUrl}/auth/password/forgot`, { body: { email: 'late@example.com' } })
  await held.app.afterAnswers()
  await post(held, ['no-link@example.com'])
  const sql = `UPDATE mails SET created_at = created_at - $1 * interval '1 second' WHERE $2 IN ('', user_id::text)`
  await held.database.pool.query(sql, [held.config.passwordResetSeconds, ''])
  await held.database.pool.query(sql, [held.config.emailVerificationSeconds, later.user.id])
  await startNode(t, { databaseUrl, mail: true, env: { SMTP_URL: server.url } })
  await until(async () => (await mailRows(held)).every((row) => row.dead_at !== null))
  t.same(server.received.map(({ to }) => to).toSorted(), ['late@example.com', 'no-link@example.com'])
  const dead = (await deadMails(held)).toSorted((one, other) => (one.kind < other.kind ? -1 : 1))
  const why = { attempts: 1, lastError: 'its link has expired' }
  t.match(dead, [
    { kind: 'email_verification', userId: later.user.id, ...why },
    { kind: 'password_reset', userId: late.user.id, ...why },
  ])
  t.equal(dead.length, 2)
})

t.test('two nodes and a hundred mails: each is sent once, and the refused ones are marked as given up', async (t) => {
  const server = await startMailServer(t, {
    onRecipient: (address) => {
      if (address.startsWith('dead-')) throw refusal(550, `<${address}> is unknown`)
    },
  })
  const env = { SMTP_URL: server.url }
  const one = await startNode(t, { env })
  const { databaseUrl } = one
  const addresses = Array.from({ length: 100 }, (_, i) => `${i % 10 === 0 ? 'dead' : 'live'}-${i}@example.com`)
  await post(one, addresses)
  const senders = await Promise.all([0, 1].map(() => startNode(t, { databaseUrl, env, mail: true })))
  await until(async () => (await mailRows(one)).every((row) => row.dead_at !== null))
  t.same(
    server.received.map(({ to }) => to).toSorted(),
    addresses.filter((address) => address.startsWith('live')).toSorted(),
  )
  t.equal(new Set(server.received.map(({ messageId }) => messageId)).size, 90)
  t.equal((await deadMails(one)).length, 10)
  t.equal(senders.length, 2)
})

t.test('a node that stops releases the mails that it could not send', async (t) => {
  const server = await startMailServer(t, { onRecipient: () => new Promise<void>(() => {}) })
  const { databaseUrl, ...db } = await startNode(t)
  const node = await startNode(t, { databaseUrl, mail: true, env: { SMTP_URL: server.url } })
  await post(node, ['1@example.com', '2@example.com'])
  await until(async () => (await mailRows(db)).every(({ attempts }) => attempts === 1))
  await node.mail?.stop()
  const sql = `SELECT attempts, next_attempt_at <= now() AS due FROM mails`
  const givenBack = { attempts: 0, due: true }
  t.same((await db.database.pool.query(sql)).rows, [givenBack, givenBack])
})
