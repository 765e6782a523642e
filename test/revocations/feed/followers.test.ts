/** The promises of the feed as properties: several connections write, and followers change between two nodes. */
import fc from 'fast-check'
import t from 'tap'
import { newKey } from '../../../src/keys/new-key.ts'
import { createFeedStore } from '../../../src/revocations/feed-store.ts'
import { createReadFeed } from '../../../src/revocations/read-feed.ts'
import { connect, createDatabase } from '../../setup/database.ts'
import { runs } from '../../setup/properties.ts'
import { claimsOf } from './follow.ts'
import { begin, cause, createWriter, end, insert, nested, World } from './writers.ts'

const { url, drop } = await createDatabase()
const databases = [connect(url), connect(url)] as const
const { privateKey } = await newKey('ES256')
const writers = await Promise.all([0, 1, 2, 3].map(() => createWriter(url)))
t.teardown(async () => {
  for (const { client } of writers) await client.end()
  for (const database of databases) await database.close()
  await drop()
})

/** Two nodes that answer from the database, with small pages. */
function createNodes(pageSize: number) {
  return databases.map((database) => {
    const readFeed = createReadFeed({
      pages: createFeedStore(database),
      nextNews: () => Promise.resolve(),
      issuer: 'https://auth.example.test',
      signingKey: () => ({ kid: 'k', alg: 'ES256', privateKey }),
      clock: Date.now,
      pageSize,
    })
    return async (after: string | undefined) => {
      const { jwt, unchanged } = await readFeed({ after, waitSeconds: 0, signal: new AbortController().signal })
      const claims = claimsOf(jwt)
      const { length } = claims.revocations
      if (length > pageSize || (claims.more && length < pageSize)) throw new Error(`a page of ${length}`)
      return { ...claims, unchanged }
    }
  })
}

type Follower = {
  cursor: string | undefined
  known: Set<string>
  /** The version of the world when the follower last had everything. */
  complete: number | undefined
  /** The version of the world when the last answer said that the tail has more. */
  more: number | undefined
}

type FeedNode = ReturnType<typeof createNodes>[number]

/** Reads one answer and compares it with the world. True if the follower has everything then. */
async function follow(follower: Follower, node: FeedNode, world: World): Promise<boolean> {
  const asked = follower.cursor
  const { revocations, next, more, after, unchanged } = await node(asked)
  const told = revocations.map(({ id }) => id)
  if (after !== asked) throw new Error('the answer has another cursor')
  if (more && (told.length === 0 || next === asked)) throw new Error('no progress')
  if (unchanged !== (told.length === 0 && !more && asked?.startsWith('t') === true))
    throw new Error('unchanged is wrong')
  for (const id of told) {
    if (world.undone.has(id)) throw new Error('an entry was rolled back')
    if (!world.committed.has(id)) throw new Error('an entry is not committed yet')
  }
  if (new Set(told).size < told.length) throw new Error('an entry comes twice in one answer')
  const { complete } = follower
  if (complete !== undefined && world.disturbed <= complete && told.some((id) => follower.known.has(id)))
    throw new Error('an entry came again for no reason')
  for (const id of told) follower.known.add(id)
  if (follower.more === world.version && told.length === 0) throw new Error('the tail had no more entries')
  follower.more = more && next.startsWith('t') ? world.version : undefined
  follower.cursor = next
  // A first load of several pages ends with a cursor of the tail. The tail has the rows that were committed meanwhile.
  const all = !more && !asked?.startsWith('p')
  if (!all) return false
  const missed = [...world.committed.keys()].filter((id) => !follower.known.has(id))
  if (missed.length > 0) throw new Error(`${missed.length} of ${world.committed.size} missed`)
  follower.complete = world.version
  return true
}

async function catchUp(follower: Follower, nodes: readonly FeedNode[], world: World, pageSize: number) {
  const most = 2 * Math.ceil(world.committed.size / pageSize) + 4
  for (let i = 0; i < most; i++) if (await follow(follower, nodes[i % 2]!, world)) return
  throw new Error(`no end after ${most} answers`)
}

const writer = fc.nat({ max: writers.length - 1 })
const follower = fc.nat({ max: 2 })
const node = fc.nat({ max: 1 })
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('insert' as const), writer, count: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cause' as const), writer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('nested' as const), writer, undo: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), writer }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('COMMIT' as const), writer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ROLLBACK' as const), writer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), pick: fc.nat() }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('read' as const), follower, node }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('catch up' as const), follower }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), follower, from: fc.nat() }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const seen = { steps: 0, rows: 0, answers: 0, disturbed: 0 }

async function live(story: readonly Step[], pageSize: number) {
  await databases[0].pool.query('TRUNCATE revocations')
  const [world, feeds] = [new World(), createNodes(pageSize)]
  const nodes = feeds.map(
    (feed): FeedNode =>
      (after) => (seen.answers++, feed(after)),
  )
  const fresh = (): Follower => ({ cursor: undefined, known: new Set(), complete: undefined, more: undefined })
  const followers = [fresh(), fresh(), fresh()]
  for (const now of story) {
    seen.steps++
    if (now.do === 'insert') await insert(writers[now.writer]!, now.count)
    else if (now.do === 'cause') await cause(writers[now.writer]!)
    else if (now.do === 'nested') await nested(writers[now.writer]!, now.undo, world)
    else if (now.do === 'COMMIT' || now.do === 'ROLLBACK') await end(writers[now.writer]!, now.do, world)
    else if (now.do === 'read') await follow(followers[now.follower]!, nodes[now.node]!, world)
    else if (now.do === 'catch up') await catchUp(followers[now.follower]!, nodes, world, pageSize)
    else if (now.do === 'hold') {
      await begin(writers[now.writer]!)
      await writers[now.writer]!.client.query('SELECT pg_current_xact_id()')
    } else if (now.do === 'purge') {
      const [id] = [...world.committed.keys()].slice(now.pick % (world.committed.size || 1))
      if (id === undefined) continue
      await databases[0].pool.query('DELETE FROM revocations WHERE subject = $1', [id])
      world.remove(id)
    } else {
      // Continues from the cursor of another follower, or begins anew.
      const from = followers[now.from % 4]
      followers[now.follower] = from ? { ...from, known: new Set(from.known) } : fresh()
    }
  }
  return { world, nodes, followers }
}

t.test('every follower gets all committed revocations and no others, and reaches the end', async (t) => {
  const stories = fc.array(step, { minLength: 10, maxLength: 60, size: 'max' })
  const property = fc.asyncProperty(stories, fc.constantFrom(1, 2, 3, 7), async (story, pageSize) => {
    try {
      const { world, nodes, followers } = await live(story, pageSize)
      for (const one of followers) await catchUp(one, nodes, world, pageSize)
      for (const [i, one] of writers.entries()) await end(one, i % 2 ? 'COMMIT' : 'ROLLBACK', world)
      for (const one of followers) {
        await catchUp(one, nodes, world, pageSize)
        // No connection writes any more, so a follower that has everything gets nothing.
        for (const each of nodes) {
          const { rows } = await databases[0].pool.query('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin')
          const { revocations, more, next } = await each(one.cursor)
          if (revocations.length > 0 || more) throw new Error('an entry came again although no transaction ended')
          if (BigInt(next.slice(1, next.indexOf('.'))) < BigInt(rows[0].xmin))
            throw new Error('the cursor does not move')
        }
      }
      seen.rows += world.committed.size
      if (world.disturbed > 0) seen.disturbed++
    } finally {
      for (const one of writers) await end(one, 'ROLLBACK', new World())
    }
  })
  await t.resolves(fc.assert(property, runs(60)))
  t.comment(JSON.stringify(seen))
})
