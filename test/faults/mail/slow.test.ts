/** Mail servers that are slow, and those that accept a mail and never confirm it. */
import t from 'tap'
import { pause } from '../../setup/denial.ts'
import { refusal, startMailServer, until } from '../../setup/mail-server.ts'
import { deadMails, mailRows, makeDue, post } from '../../setup/mails.ts'
import { startNode } from '../../setup/node.ts'

t.setTimeout(290_000)
const never = () => new Promise<void>(() => {})
const addresses = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i}@example.com`)
const unanswered = 'no answer to the whole mail (it took too long): perhaps taken'

t.test('a server that answers later than a claim lasts gets each mail once', async (t) => {
  const server = await startMailServer(t, { onMail: () => pause(3000) })
  const env = { SMTP_URL: server.url }
  const mail = { attemptMs: 1000, leaseMs: 1000 }
  const one = await startNode(t, { env, mail })
  await startNode(t, { databaseUrl: one.databaseUrl, env, mail })
  const all = addresses('patient', 12)
  await post(one, all)
  await until(async () => (await mailRows(one)).length === 0)
  await pause(1000)
  t.same(server.received.map(({ to }) => to).toSorted(), all.toSorted())
})

t.test('a server that never answers gets a mail once more after an hour, and then the mail is given up', async (t) => {
  let whole = 0
  const ids = new Set<string>()
  const server = await startMailServer(t, {
    onMail: ({ messageId }) => {
      whole++
      ids.add(messageId)
      return never()
    },
  })
  const node = await startNode(t, { env: { SMTP_URL: server.url }, mail: { answerMs: 300 } })
  await post(node, ['silence@example.com'])
  await until(async () => (await mailRows(node))[0]?.last_error !== null)
  const [waiting] = await mailRows(node)
  t.match(waiting, { attempts: 1, last_error: unanswered, dead_at: null })
  const minutes = (+(waiting?.next_attempt_at ?? 0) - Date.now()) / 60_000
  t.ok(minutes > 59 && minutes < 61, `tried again in ${minutes.toFixed(1)} minutes`)
  await makeDue(node)
  await until(async () => (await deadMails(node)).length === 1)
  t.match(await deadMails(node), [{ attempts: 2, lastError: `${unanswered}; perhaps taken before` }])
  await makeDue(node)
  await pause(1200)
  t.same([whole, ids.size], [2, 1], 'twice, with one Message-ID, and not again')
})

t.test('a connection that breaks after the final dot counts as no reply', async (t) => {
  const server = await startMailServer(t, {
    onMail: () => {
      void server.stop()
      return never()
    },
  })
  const node = await startNode(t, { env: { SMTP_URL: server.url }, mail: true })
  await post(node, ['broken@example.com'])
  await until(async () => (await mailRows(node))[0]?.last_error !== null)
  t.match(await mailRows(node), [{ last_error: /^no answer to the whole mail \(.+\): perhaps taken$/, dead_at: null }])
})

t.test('after a refusal that follows the final dot, the mail is tried again as usual', async (t) => {
  const server = await startMailServer(t, {
    onMail: () => {
      throw refusal(451, '4.7.1 Greylisted')
    },
  })
  const node = await startNode(t, { env: { SMTP_URL: server.url }, mail: true })
  await post(node, ['grey@example.com'])
  for (const attempts of [1, 2, 3]) {
    await until(async () => (await mailRows(node))[0]?.last_error !== null)
    t.match(await mailRows(node), [{ attempts, last_error: '451 4.7.1 to DATA', dead_at: null }])
    await node.database.pool.query('UPDATE mails SET last_error = NULL, next_attempt_at = now()')
    node.mail?.wake()
  }
})

t.test('a slow recipient does not delay other mails', async (t) => {
  const server = await startMailServer(t, {
    onRecipient: (address) => (address.startsWith('slow') ? never() : undefined),
  })
  const node = await startNode(t, { env: { SMTP_URL: server.url } })
  await post(node, addresses('slow', 15))
  await post(node, addresses('quick', 60))
  await startNode(t, { databaseUrl: node.databaseUrl, env: { SMTP_URL: server.url }, mail: true })
  await until(async () => (await mailRows(node)).length === 15)
  t.equal(server.received.length, 60)
  for (const row of await mailRows(node)) t.match(row, { attempts: 1, last_error: null }, 'those are still being tried')
})

t.test(
  'a mail that another node has claimed meanwhile is left to that node, unless a server already has it',
  async (t) => {
    const late = Promise.withResolvers<void>()
    const server = await startMailServer(t, { onRecipient: () => late.promise })
    const lines: string[] = []
    const log = (line: string) => lines.push(line)
    const node = await startNode(t, { env: { SMTP_URL: server.url }, mail: { leaseMs: 600 }, log })
    await post(node, ['shared@example.com'])
    await until(async () => (await mailRows(node))[0]?.attempts === 1)
    await node.database.pool.query(`UPDATE mails SET attempts = 2, next_attempt_at = now() + interval '1 minute'`)
    // The attempt is given up although the server has not answered yet.
    await until(() => lines.some((line) => line.includes('a mail was not taken')))
    late.resolve()
    await pause(1000)
    t.same(server.received, [])
    t.match(await mailRows(node), [{ attempts: 2, last_error: null }], 'and what the other does is not undone')
  },
)

t.test('a node that stops releases its mails, and marks those that a server may have accepted', async (t) => {
  const reached = new Set<string>()
  let stopped = false
  const server = await startMailServer(t, {
    onRecipient: (address) => {
      reached.add(address)
      return address.startsWith('asked') && !stopped ? never() : undefined
    },
    onMail: ({ to }) => {
      if (!to.startsWith('given')) return undefined
      reached.add('the whole of given')
      return never()
    },
  })
  const { databaseUrl, ...db } = await startNode(t)
  const env = { SMTP_URL: server.url }
  const node = await startNode(t, { databaseUrl, mail: true, env })
  await post(db, ['asked@example.com', 'given@example.com'])
  await until(() => reached.has('asked@example.com') && reached.has('the whole of given'))
  // Without its own limit, the stop would wait for the servers for ever.
  await node.mail?.stop()
  stopped = true
  t.match(await mailRows(db), [
    { attempts: 0, last_error: null },
    { attempts: 1, last_error: unanswered },
  ])
  await startNode(t, { databaseUrl, mail: true, env })
  await until(async () => (await mailRows(db)).length === 1)
  t.match(server.received, [{ to: 'asked@example.com' }], 'another node sends it at once')
  const [left] = await mailRows(db)
  t.ok(+(left?.next_attempt_at ?? 0) > Date.now() + 3_500_000, 'and not what may have been taken')
})

t.test(
  'what is about nobody loses its words when it is given up; what is about somebody keeps them sealed',
  async (t) => {
    const server = await startMailServer(t, {
      onRecipient: () => {
        throw refusal(550, 'unknown')
      },
    })
    const node = await startNode(t, { env: { SMTP_URL: server.url }, mail: true })
    await post(node, ['nobody@example.com'])
    await post(node, ['somebody@example.com'], '01990000-0000-7000-8000-000000000000')
    await until(async () => (await deadMails(node)).length === 2)
    const sealed = (await mailRows(node)).map((row) => [row.user_id === null, row.sealed === ''])
    t.same(sealed, [
      [true, true],
      [false, false],
    ])
  },
)
