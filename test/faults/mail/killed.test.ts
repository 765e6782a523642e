/** kill -9 of a process while it sends mails: no mail is lost, and a mail that is sent twice keeps its Message-ID. */
import t from 'tap'
import { connect, createDatabase } from '../../setup/database.ts'
import { startMailServer, until } from '../../setup/mail-server.ts'
import { mailRows, makeDue, post } from '../../setup/mails.ts'
import { startServer } from '../../setup/server-process.ts'

t.setTimeout(290_000)
const rounds = Number(process.env['KILL_ROUNDS'] ?? 5)

await t.test('a process that is killed while it sends loses no mail', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const database = connect(url)
  t.teardown(() => database.close())
  // This is slow enough that a kill finds mails at every stage of their delivery.
  const server = await startMailServer(t, {
    onMail: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 60)),
  })
  const addresses = Array.from({ length: 60 }, (_, i) => `${i}@example.com`)
  await post({ database }, addresses)
  const env = { DATABASE_URL: url, SMTP_URL: server.url }
  let cut = 0
  for (let round = 0; round < rounds; round++) {
    const taken = server.received.length
    const { child, exited } = await startServer(env)
    await until(() => server.received.length > taken)
    child.kill('SIGKILL')
    await exited
    const claimed = (await mailRows({ database })).filter((row) => row.next_attempt_at > new Date())
    cut += claimed.length
    // The claims of the killed process expire.
    await makeDue({ database })
  }
  t.ok(cut > 0, `${cut} mails were being sent when ${rounds} processes died`)
  const last = await startServer(env)
  await until(async () => (await mailRows({ database })).length === 0)
  const ids = new Map<string, Set<string>>()
  for (const { to, messageId } of server.received) ids.set(to, (ids.get(to) ?? new Set()).add(messageId))
  t.same([...ids.keys()].toSorted(), addresses.toSorted(), 'every mail arrived')
  t.ok(
    [...ids.values()].every((set) => set.size === 1),
    'however often, with one Message-ID',
  )
  t.comment(`${server.received.length - addresses.length} of ${addresses.length} came twice`)
  last.child.kill('SIGTERM')
  t.equal(await last.exited, 0)
})

await t.test('SIGTERM does not wait for a mail server that stalls, and its mails are released', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const database = connect(url)
  t.teardown(() => database.close())
  const server = await startMailServer(t, { onRecipient: () => new Promise<void>(() => {}) })
  await post({ database }, ['1@example.com', '2@example.com'])
  const { child, exited } = await startServer({ DATABASE_URL: url, SMTP_URL: server.url })
  await until(async () => (await mailRows({ database })).every(({ attempts }) => attempts === 1))
  const from = performance.now()
  child.kill('SIGTERM')
  t.equal(await exited, 0)
  const took = Math.round(performance.now() - from)
  t.comment(`ended after ${took} ms, although the mail server never answers`)
  for (const row of await mailRows({ database })) t.match(row, { attempts: 0, dead_at: null })
})
