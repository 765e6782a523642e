/** The queue of password hashes is fair. No hash ends here before the test says so. */
import t from 'tap'
import type { Requester } from '../../src/passwords/hash-lane.ts'
import { createHashQueue } from '../../src/passwords/hash-queue.ts'

/** A queue whose tasks wait until `finish` ends the oldest one that runs. */
function heldQueue(running: number, waiting: number) {
  const queue = createHashQueue({ running, waiting })
  const started: string[] = []
  const held: (() => void)[] = []
  const ask = async (name: string, requester: Partial<Requester> = {}) => {
    const { address = name, account = name, trusted = false } = requester
    return queue({ address, account, trusted }, async () => {
      started.push(name)
      await new Promise<void>((resolve) => held.push(resolve))
      return name
    })
  }
  const finish = async () => {
    held.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  /** The names of these, if they were not refused. */
  const accepted = async (all: readonly { name: string; asked: Promise<string> }[]) => {
    const refused = new Set<string>()
    for (const { name, asked } of all) void asked.catch(() => refused.add(name))
    await new Promise((resolve) => setImmediate(resolve))
    return all.filter(({ name }) => !refused.has(name)).map(({ name }) => name)
  }
  const many = (count: number, prefix: string, requester: (i: number) => Partial<Requester>) =>
    Array.from({ length: count }, (_, i) => ({ name: `${prefix}${i}`, asked: ask(`${prefix}${i}`, requester(i)) }))
  return { queue, started, ask, finish, many, accepted }
}

t.test('a limited number of hashes runs, a limited number waits, and the rest is refused at once', async (t) => {
  const { queue, started, finish, many, accepted } = heldQueue(2, 8)
  const all = many(12, 'user', () => ({}))
  t.same((await accepted(all)).length, 10)
  t.same(started.length, 2)
  t.same(queue.stats(), { running: 2, waiting: 8, refused: 2 })
  await t.rejects(async () => all[11]?.asked, { code: 'overloaded', retryAfterSeconds: 2 })
  for (let i = 0; i < 10; i++) await finish()
  t.same(queue.stats(), { running: 0, waiting: 0, refused: 2 })
  t.equal(started.length, 10)
})

t.test('a task that fails gives its place back', async (t) => {
  const queue = createHashQueue({ running: 1, waiting: 4 })
  const requester = { address: 'a', account: 'a', trusted: false }
  await t.rejects(
    queue(requester, () => Promise.reject(new Error('a failing task'))),
    /a failing task/,
  )
  t.equal(await queue(requester, async () => 'done'), 'done')
})

t.test('one address has at most a quarter of the places', async (t) => {
  const { queue, many, accepted } = heldQueue(1, 20)
  many(1, 'first', () => ({}))
  t.same((await accepted(many(28, 'flood', () => ({ address: '198.51.100.1' })))).length, 5)
  const enter = (address: string) => queue.withPlace({ address, account: 'ada', trusted: false }, async () => 'entered')
  t.equal(await enter('203.0.113.1'), 'entered')
  await t.rejects(enter('198.51.100.1'), { code: 'overloaded' })
})

t.test('requests that work before their hash keep places, and give them back', async (t) => {
  const { queue } = heldQueue(1, 20)
  const requester = (i: number) => ({ address: `address ${i}`, account: `user ${i}`, trusted: false })
  const held: (() => void)[] = []
  const enter = (i: number) =>
    queue.withPlace(requester(i), async (place) => {
      await new Promise<void>((resolve) => held.push(resolve))
      if (i === 0) throw new Error('its work fails')
      return queue(requester(i), async () => i, place)
    })
  // One could run at once, and 20 could wait.
  const all = Array.from({ length: 21 }, (_, i) => enter(i).catch(() => 'failed'))
  await t.rejects(enter(21), { code: 'overloaded' })
  await queue.withPlace({ ...requester(22), trusted: true }, async () => t.pass('the other lane has room'))
  for (const finish of held) finish()
  t.same(await Promise.all(all), ['failed', ...Array.from({ length: 20 }, (_, i) => i + 1)])
  t.equal(await queue.withPlace(requester(23), async () => 'entered'), 'entered')
  t.same(queue.stats(), { running: 0, waiting: 0, refused: 1 })
})

t.test('one address keeps at most half of the places, so that one burst does not keep all of them', async (t) => {
  const { queue } = heldQueue(2, 20)
  const held = Promise.withResolvers<void>()
  const enter = (address: string, i: number) =>
    queue
      .withPlace({ address, account: `user ${i}`, trusted: false }, () => held.promise)
      .then(
        () => 'kept',
        () => 'refused',
      )
  const burst = Array.from({ length: 30 }, (_, i) => enter('198.51.100.1', i))
  const others = Array.from({ length: 10 }, (_, i) => enter(`203.0.113.${i}`, i))
  held.resolve()
  const kept = (await Promise.all(burst)).filter((one) => one === 'kept').length
  t.equal(kept, 10 + 2, 'half of the line, and those that could run at once')
  t.same(new Set(await Promise.all(others)), new Set(['kept']))
})

t.test('one account has at most four of them, from whatever address', async (t) => {
  const { many, accepted } = heldQueue(1, 20)
  many(1, 'first', () => ({}))
  t.same((await accepted(many(28, 'flood', () => ({ account: 'ada' })))).length, 4)
})

t.test('a few busy addresses leave half of the places to addresses that have none', async (t) => {
  const { many, accepted } = heldQueue(1, 20)
  many(1, 'first', () => ({}))
  const flood = many(100, 'flood', (i) => ({ address: `198.51.100.${i % 5}` }))
  t.equal((await accepted(flood)).length, 10)
  t.equal((await accepted(many(12, 'user', () => ({})))).length, 10)
})

t.test('addresses are served in turn', async (t) => {
  const { started, ask, finish, many, accepted } = heldQueue(1, 20)
  await accepted(many(6, 'flood', () => ({ address: '198.51.100.1' })))
  void ask('ada')
  void ask('bob')
  for (let i = 0; i < 5; i++) await finish()
  t.same(started, ['flood0', 'flood1', 'ada', 'bob', 'flood2', 'flood3'])
})

t.test('a full lane of strangers keeps no trusted requester out, who is served before them', async (t) => {
  const { started, ask, finish, many, accepted } = heldQueue(1, 20)
  await accepted(many(40, 'flood', () => ({})))
  const asked = ask('ada', { trusted: true })
  await finish()
  t.same(started, ['flood0', 'ada'])
  await finish()
  t.equal(await asked, 'ada')
})

t.test('a full lane of trusted requesters leaves each fourth turn to strangers', async (t) => {
  const { started, finish, many, accepted } = heldQueue(1, 20)
  await accepted(many(21, 'known', () => ({ trusted: true })))
  await accepted(many(2, 'new', () => ({})))
  for (let i = 0; i < 9; i++) await finish()
  const places = started.flatMap((name, i) => (name.startsWith('new') ? [i] : []))
  t.same(places, [4, 8])
})

t.test('the bounds of the lanes are apart', async (t) => {
  const { many, accepted } = heldQueue(1, 20)
  many(1, 'first', () => ({}))
  await accepted(many(28, 'flood', () => ({ address: 'office', account: 'ada' })))
  t.equal(
    (await accepted(many(28, 'user', (i) => ({ address: 'office', account: `user${i}`, trusted: true })))).length,
    10,
  )
})
