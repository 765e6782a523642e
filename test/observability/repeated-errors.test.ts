/** A storm of errors writes one line a second for each kind, and then their number. */
import t from 'tap'
import { createLogger } from '../../src/observability/logger.ts'

type Line = { level: number; msg: string; err?: { message: string }; text?: string; error?: string; leftOut?: number }

/** A logger whose time passes by `pass`. */
function create(level = 'debug') {
  const lines: Line[] = []
  let ms = 0
  let waiting: { at: number; work: () => void }[] = []
  const time = {
    now: () => ms,
    later: (work: () => void, after: number) => void waiting.push({ at: ms + after, work }),
  }
  const log = createLogger(level, { write: (line: string) => lines.push(JSON.parse(line)) }, { time })
  const pass = (by: number) => {
    ms += by
    const due = waiting.filter(({ at }) => at <= ms)
    waiting = waiting.filter(({ at }) => at > ms)
    for (const { work } of due) work()
  }
  const take = () => lines.splice(0)
  return { log, pass, take, waiting: () => waiting.length }
}
const refused = (message = 'connect ECONNREFUSED') => Object.assign(new Error(message), { code: 'ECONNREFUSED' })

t.test('of a thousand equal errors one is written, and then the number of the others', async (t) => {
  const { log, pass, take } = create()
  for (let i = 0; i < 1000; i++)
    log.child({ reqId: `${i}` }).error({ err: refused(`try ${i}`) }, 'database_unavailable')
  t.match(take(), [{ level: 50, msg: 'database_unavailable', reqId: '0', err: { message: 'try 0' } }])
  pass(999)
  t.same(take(), [])
  pass(1)
  t.match(take(), [
    {
      level: 40,
      text: 'database_unavailable',
      error: 'ECONNREFUSED',
      leftOut: 999,
      msg: 'lines of one kind were left out',
    },
  ])
})

t.test('a storm that goes on writes two lines a second', async (t) => {
  const { log, pass, take } = create()
  for (let i = 0; i < 5000; i++) {
    log.error({ err: refused() }, 'database_unavailable')
    pass(1)
  }
  const lines = take()
  t.equal(lines.filter(({ err }) => err).length, 5)
  const leftOut = lines.reduce((sum, line) => sum + (line.leftOut ?? 0), 0)
  t.equal(leftOut + 5, 5000, 'each error is written or counted')
})

t.test('kinds differ by the text, by the code, and by the place that made an error without a code', async (t) => {
  const { log, take } = create()
  const one = () => new TypeError('one')
  const two = () => new TypeError('two')
  for (let i = 0; i < 3; i++) {
    log.error({ err: refused() }, 'database_unavailable')
    log.warn({ err: refused() }, 'revocations could not be read')
    log.error({ err: Object.assign(new Error('x'), { code: '57P01' }) }, 'database_unavailable')
    log.error({ err: one() }, 'internal_error')
    log.error({ err: two() }, 'internal_error')
  }
  t.equal(take().length, 5)
})

t.test('a single error leaves no line and no timer behind', async (t) => {
  const { log, pass, take, waiting } = create()
  log.error({ err: refused() }, 'database_unavailable')
  take()
  pass(1000)
  t.same(take(), [])
  t.equal(waiting(), 0)
  log.error({ err: refused() }, 'database_unavailable')
  t.equal(take().length, 1, 'the next second has a line of its own')
})

t.test('lines without an error, and those below a warning, are all written', async (t) => {
  const { log, take } = create()
  for (let i = 0; i < 10; i++) {
    log.info({ status: 503 }, 'request')
    log.debug({ err: refused() }, 'database_unavailable')
    log.warn('a warning')
    log.error({ err: 'a text' }, 'internal_error')
  }
  t.equal(take().length, 40)
})

t.test('any number of kinds takes a bounded place', async (t) => {
  const { log, pass, take } = create()
  for (let i = 0; i < 1000; i++) log.error({ err: refused() }, `text ${i}`)
  t.equal(take().length, 101)
  pass(1000)
  t.match(take(), [{ text: 'other errors', error: 'various', leftOut: 899 }])
})
