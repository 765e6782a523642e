/** The log says each reason why a node is not ready once when it begins, and once when it is over. */
import t, { type Test } from 'tap'
import { createReadiness } from '../../src/http/readiness.ts'

function create(t: Test) {
  const state = { stopping: false, away: false, ageMs: 0, keys: true, skewMs: 0 }
  const lines: string[] = []
  const write = (level: string) => (line: unknown, text?: string) =>
    void lines.push(`${level} ${(line as { reason: string }).reason} ${text}`)
  const readiness = createReadiness({
    isStopping: () => state.stopping,
    database: async () => {
      if (state.away) throw new Error('away')
    },
    revocationsAgeMs: () => state.ageMs,
    keysAreCurrent: () => state.keys,
    clockSkewMs: () => state.skewMs,
    log: { info: write('info'), warn: write('warn') },
  })
  t.teardown(readiness.stop)
  const reasons = async () => (await readiness.check()).reasons.map(({ reason }) => reason)
  return { state, lines, readiness, reasons }
}

t.test('a node without a reason is ready, and the log is silent', async (t) => {
  const { reasons, lines } = create(t)
  t.same(await reasons(), [])
  t.same(lines, [])
})

t.test('each reason is told when it begins and when it is over', async (t) => {
  const cases = [
    ['database', { away: true }, { away: false }, /does not answer$/],
    ['revocations', { ageMs: 10_001 }, { ageMs: 10_000 }, /newest revocations/],
    ['keys', { keys: false }, { keys: true }, /signing keys/],
    ['clock', { skewMs: 600_400 }, { skewMs: 5000 }, /off the clock of the database by 600 seconds$/],
  ] as const
  for (const [reason, begins, ends, text] of cases) {
    const { state, lines, reasons } = create(t)
    Object.assign(state, begins)
    for (let i = 0; i < 3; i++) t.same(await reasons(), [reason])
    t.match(lines, [text], reason)
    t.match(lines[0], `warn ${reason} this node is not ready: `)
    Object.assign(state, ends)
    for (let i = 0; i < 3; i++) t.same(await reasons(), [])
    t.equal(lines[1], `info ${reason} a reason why this node was not ready is over`)
    Object.assign(state, begins)
    await reasons()
    t.equal(lines.length, 3, 'it may begin again')
  }
})

t.test('all reasons at once, the database first', async (t) => {
  const { state, reasons } = create(t)
  Object.assign(state, { away: true, keys: false, skewMs: 6000 })
  t.same(await reasons(), ['database', 'keys', 'clock'])
})

t.test('a node that is stopping does not ask the database', async (t) => {
  const { state, readiness, reasons } = create(t)
  Object.assign(state, { stopping: true, away: true })
  t.same(await reasons(), ['stopping'])
  t.equal((await readiness.check()).cause, undefined)
})

t.test('without a question the node looks by itself, and says nothing about the database', async (t) => {
  const { state, lines, readiness } = create(t)
  Object.assign(state, { away: true, skewMs: -1, keys: false })
  readiness.look()
  t.match(lines, [/^warn keys /])
})
