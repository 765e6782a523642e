/** Services that ask for the same at once share one read, but no service gets an answer that is older than its request. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { newKey } from '../../../src/keys/new-key.ts'
import { createFeedStore, type FeedStore } from '../../../src/revocations/feed-store.ts'
import { createReadFeed } from '../../../src/revocations/read-feed.ts'
import { createSharedTail } from '../../../src/revocations/shared-tail.ts'
import { connect, createDatabase } from '../../setup/database.ts'
import { claimsOf } from './follow.ts'

const { url, drop } = await createDatabase()
const database = connect(url)
t.teardown(async () => {
  await database.close()
  await drop()
})
const store = createFeedStore(database)
const { privateKey } = await newKey('ES256')
const never = new AbortController().signal

function createRead(since: FeedStore['since']) {
  const readFeed = createReadFeed({
    pages: { ...store, since },
    nextNews: () => new Promise(() => {}),
    issuer: 'https://auth.example.test',
    signingKey: () => ({ kid: 'k', alg: 'ES256', privateKey }),
    clock: Date.now,
  })
  return async (after?: string) => {
    const { revocations, next } = claimsOf((await readFeed({ after, waitSeconds: 0, signal: never })).jwt)
    return { ids: revocations.map(({ id }) => id), next }
  }
}

async function start(read: ReturnType<typeof createRead>): Promise<string> {
  return (await read((await read()).next)).next
}

const revoke = async (id: string) =>
  void (await database.pool.query(`INSERT INTO revocations (kind, subject) VALUES ('key', $1)`, [id]))

t.test('simultaneous requests are answered by one statement', async (t) => {
  let statements = 0
  const read = createRead((...asked) => (statements++, store.since(...asked)))
  const after = await start(read)
  statements = 0
  const answers = await Promise.all(Array.from({ length: 30 }, () => read(after)))
  t.equal(answers.length, 30)
  t.equal(statements, 1)
  await read(after)
  t.equal(statements, 2, 'a later request gets a fresh answer')
})

t.test('a request during a read gets the revocations that were committed before the request', async (t) => {
  const [begun, open] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let statements = 0
  // The database answers slowly.
  const read = createRead(async (...asked) => {
    statements++
    const rows = await store.since(...asked)
    begun.resolve()
    await open.promise
    return rows
  })
  const after = await start(createRead(store.since))
  const first = read(after)
  await begun.promise
  await revoke('committed-meanwhile')
  const later = Array.from({ length: 10 }, () => read(after))
  await sleep(50)
  t.equal(statements, 1, 'the node does not send a slow database the same statement again')
  open.resolve()
  t.same((await first).ids, [])
  for (const { ids } of await Promise.all(later)) t.same(ids, ['committed-meanwhile'])
  t.equal(statements, 2, 'the later requests share one read')
})

t.test('a failed read fails the requests that share it, and no later request', async (t) => {
  const begun = Promise.withResolvers<void>()
  let statements = 0
  const read = createRead(async (...asked) => {
    begun.resolve()
    if (++statements === 1) await database.pool.query('SELECT pg_terminate_backend(pg_backend_pid())')
    return store.since(...asked)
  })
  const after = await start(createRead(store.since))
  const first = read(after)
  await begun.promise
  const later = read(after)
  await t.rejects(first)
  t.same((await later).ids, [])
})

t.test('the node does not keep an answer in memory', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const refs: WeakRef<object>[] = []
  const read = createRead(async (...asked) => {
    const found = await store.since(...asked)
    refs.push(...found.rows.map((row) => new WeakRef(row)))
    return found
  })
  await revoke('told-and-forgotten')
  for (const xmin of [1, 2, 1]) await read(`t${xmin}.0.${'A'.repeat(16)}`)
  t.ok(refs.length >= 3)
  await sleep(10)
  collect()
  t.equal(refs.filter((ref) => ref.deref() !== undefined).length, 0)
})

t.test('waiting requests read nothing until there is news, and then all share one read', async (t) => {
  const count = { statements: 0 }
  let news = Promise.withResolvers<void>()
  const since: FeedStore['since'] = async (...asked) => {
    const found = await store.since(...asked)
    count.statements++
    return found
  }
  const readFeed = createReadFeed({
    pages: { ...store, since },
    nextNews: () => news.promise,
    issuer: 'https://auth.example.test',
    signingKey: () => ({ kid: 'k', alg: 'ES256', privateKey }),
    clock: Date.now,
  })
  // The cursors differ, as those of services that last asked at different times.
  const [, xmin, seq, hash] = /^(t\d+)\.(\d+)\.(.+)$/.exec(await start(createRead(store.since))) ?? []
  const cursors = Array.from({ length: 10 }, (_, i) => `${xmin}.${Number(seq) + i}.${hash}`)
  const waiting = cursors.map((after) => readFeed({ after, waitSeconds: 60, signal: never }))
  while (count.statements < 10) await sleep(5)
  for (const id of ['first', 'second']) await revoke(id)
  t.equal(count.statements, 10, 'each request has read once')
  news.resolve()
  news = Promise.withResolvers()
  for (const { jwt } of await Promise.all(waiting)) {
    t.same(
      claimsOf(jwt).revocations.map(({ id }) => id),
      ['first', 'second'],
    )
  }
  t.equal(count.statements, 11, 'and one read has served them all')
})

t.test('a shared read begins at the lowest of its cursors, and each request gets its own part', async (t) => {
  await revoke('early')
  const { rows } = await store.since('1', 1000)
  const last = rows.at(-1)?.xid ?? '0'
  let statements = 0
  const tail = createSharedTail((...asked) => (statements++, store.since(...asked)), 1000)
  const [late, early] = await Promise.all([tail(last), tail('1')])
  t.same(
    late.rows.map(({ subject }) => subject),
    ['early'],
  )
  // `xmin` is that of the whole cluster, so it grows between two reads.
  const withoutXmin = (list: typeof rows) => list.map((row) => ({ ...row, xmin: undefined }))
  t.same(withoutXmin(early.rows), withoutXmin(rows))
  t.equal(statements, 1)
  const full = await createSharedTail(store.since, rows.length)(last)
  t.same(withoutXmin(full.rows), withoutXmin(late.rows), 'also where a shared read is full')
})
