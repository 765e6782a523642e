/** The claims of nodes on the mails of the outbox. */
import t from 'tap'
import { createMailStore } from '../../src/mail/mail-store.ts'
import { connect, createDatabase } from '../setup/database.ts'
import { mailRows, makeDue, post } from '../setup/mails.ts'

const { url, drop } = await createDatabase()
const database = connect(url)
t.teardown(async () => {
  await database.close()
  await drop()
})
const store = createMailStore(database)
t.beforeEach(async () => void (await database.pool.query('DELETE FROM mails')))

/** The mail after a first claim that has run out, and after the second claim by another node. */
async function claimedTwice() {
  await post({ database }, ['ada@example.com'])
  await makeDue({ database })
  const [lost] = await store.claim(1, 60)
  await makeDue({ database })
  const [held] = await store.claim(1, 60)
  if (!lost || !held) throw new Error('nothing was claimed')
  return { lost, held }
}

t.test('a mail belongs to the node that claimed it, until the claim runs out', async (t) => {
  await post({ database }, ['ada@example.com'])
  t.equal((await store.claim(10, 60)).length, 1)
  t.same(await store.claim(10, 60), [])
  await makeDue({ database })
  const [again] = await store.claim(10, 60)
  t.equal(again?.attempts, 2)
})

t.test('a node that lost its claim cannot change the mail', async (t) => {
  const { lost, held } = await claimedTwice()
  const before = await mailRows({ database })
  await store.retry(lost, 'too late', 0, true)
  await store.bury(lost, 'too late')
  await store.release(lost)
  t.same(await store.renew([lost], 3600), new Set())
  t.same(await mailRows({ database }), before)
  t.same(await store.renew([held], 3600), new Set([held.id]))
})

t.test('a renewal that comes after the end of the attempt does not make the mail due earlier', async (t) => {
  const { held } = await claimedTwice()
  await store.retry(held, 'try again tomorrow', 86_400, false)
  const [before] = await mailRows({ database })
  await store.renew([held], 60)
  const [after] = await mailRows({ database })
  t.same(after?.next_attempt_at, before?.next_attempt_at)
})
