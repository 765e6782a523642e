/** The loop that repeats work in the background. Pauses here are so long or so short that no test depends on their length. */
import { once } from 'node:events'
import { setImmediate as macrotask } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createBackgroundLoop } from '../../src/clock/background-loop.ts'

const anHour = 3600_000

/** Every turn fails, and the test is not interested in the error. */
const failing = { turn: async () => Promise.reject(new Error('no database')), onError: () => {} }

type Given = Partial<Parameters<typeof createBackgroundLoop>[0]>

/** A loop whose turns the test waits for with `turned(n)`. An error that no test expects fails the test. */
function setUp(t: Test, { turn = async () => {}, ...given }: Given = {}) {
  const turns = new EventTarget()
  const state = { count: 0 }
  const loop = createBackgroundLoop({
    turn: async () => {
      state.count++
      try {
        await turn()
      } finally {
        turns.dispatchEvent(new Event('turn'))
      }
    },
    pauseMs: () => anHour,
    onError: (error) => t.fail(error),
    ...given,
  })
  const turned = async (n: number) => {
    while (state.count < n) await once(turns, 'turn')
  }
  t.teardown(() => loop.stop())
  return { loop, turned, count: () => state.count }
}

/** Gives the loop many chances to do what it must not do. */
const letItRun = async () => {
  for (let i = 0; i < 50; i++) await macrotask()
}

t.test('a loop does nothing before it is started, and turns again and again afterwards', async (t) => {
  const { loop, turned, count } = setUp(t, { pauseMs: () => 1 })
  await letItRun()
  t.equal(count(), 0)
  loop.start()
  await turned(3)
})

t.test('a second start does not make a second loop', async (t) => {
  const { loop, count } = setUp(t)
  loop.start()
  loop.start()
  await letItRun()
  t.equal(count(), 1)
})

t.test('a wake ends the pause', async (t) => {
  const { loop, turned, count } = setUp(t)
  loop.start()
  await letItRun()
  t.equal(count(), 1)
  loop.wake()
  await turned(2)
})

t.test('a wake during a turn leads to another turn without a pause', async (t) => {
  let loopOf: { wake(): void } | undefined
  let wakes = 1
  const { loop, turned, count } = setUp(t, {
    turn: async () => {
      if (wakes-- > 0) loopOf?.wake()
    },
  })
  loopOf = loop
  loop.start()
  await turned(2)
  await letItRun()
  t.equal(count(), 2, 'and only to one')
})

t.test('the pause is asked for after every turn, and a pause of nothing is none', async (t) => {
  const pauses = [0, 0, 1, anHour]
  const { loop, turned, count } = setUp(t, { pauseMs: () => pauses.shift() ?? Number(t.fail('asked too often')) })
  loop.start()
  await turned(4)
  await letItRun()
  t.equal(count(), 4)
  t.same(pauses, [])
})

t.test('a loop that pauses first does not turn at once', async (t) => {
  const { loop, turned, count } = setUp(t, { pausesFirst: true })
  loop.start()
  await letItRun()
  t.equal(count(), 0)
  loop.wake()
  await turned(1)
})

t.test('a turn that fails is reported, and the loop goes on', async (t) => {
  const errors: Error[] = []
  const failure = new Error('no database')
  const { loop, turned } = setUp(t, {
    turn: async () => Promise.reject(failure),
    pauseMs: () => 1,
    onError: (error) => errors.push(error),
  })
  loop.start()
  await turned(3)
  await loop.stop()
  t.same(errors.slice(0, 2), [failure, failure])
})

t.test('the pause after a failed turn has a length of its own, and no wake ends it', async (t) => {
  const { loop, count } = setUp(t, {
    ...failing,
    pauseMs: () => 0,
    retryMs: anHour,
  })
  loop.start()
  await letItRun()
  loop.wake()
  await letItRun()
  t.equal(count(), 1)
})

t.test('the pause of a failed turn is not that of a turn that succeeded', async (t) => {
  const { loop, turned } = setUp(t, { pauseMs: () => 1, retryMs: anHour })
  loop.start()
  await turned(3)
})

t.test('a failed turn is retried after its pause', async (t) => {
  let failures = 1
  const { loop, turned } = setUp(t, {
    turn: async () => {
      if (failures-- > 0) throw new Error('no database')
    },
    retryMs: 1,
    onError: () => {},
  })
  loop.start()
  await turned(2)
})

t.test('a stop ends the pause, and nothing turns afterwards', async (t) => {
  const { loop, count } = setUp(t)
  loop.start()
  await letItRun()
  await loop.stop()
  loop.wake()
  loop.start()
  await letItRun()
  t.equal(count(), 1)
})

t.test('a stop ends the pause after a failed turn', async (t) => {
  const { loop } = setUp(t, { ...failing, retryMs: anHour })
  loop.start()
  await letItRun()
  await loop.stop()
})

t.test('a stop tells the current turn, waits for it, and reports no error of it', async (t) => {
  const end = Promise.withResolvers<void>()
  const { loop } = setUp(t, { turn: () => end.promise })
  loop.start()
  t.notOk(loop.signal.aborted)
  let isStopped = false
  const stopping = loop.stop().then(() => (isStopped = true))
  t.ok(loop.signal.aborted)
  await letItRun()
  t.notOk(isStopped)
  end.reject(new Error('was interrupted'))
  await stopping
})

t.test('a loop that was never started can be stopped, and not started any more', async (t) => {
  const { loop, count } = setUp(t)
  await loop.stop()
  loop.start()
  await letItRun()
  t.equal(count(), 0)
})
