/** Work after an answer: the answer does not wait for it, a stopping server does, and its failure is logged. */
import Fastify from 'fastify'
import t from 'tap'
import { createAfterAnswer } from '../../src/http/after-answer.ts'

const held = () => Promise.withResolvers<void>()

function startApp() {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } } })
  const afterAnswer = createAfterAnswer(app)
  let work = async () => {}
  app.post('/', async (_request, reply) => {
    afterAnswer(() => work(), 'the work failed')
    return reply.code(202).send({})
  })
  return {
    app,
    lines,
    /** Sends a request that begins this work. */
    ask: async (next: () => Promise<void>) => {
      work = next
      return (await app.inject({ method: 'POST', url: '/' })).statusCode
    },
  }
}

t.test('the answer does not wait for the work, and a stopping server does', async (t) => {
  const { app, ask } = startApp()
  const { promise, resolve } = held()
  let isDone = false
  t.equal(await ask(() => promise.then(() => void (isDone = true))), 202)
  let isClosed = false
  const closing = app.close().then(() => (isClosed = true))
  for (let i = 0; i < 20; i++) await new Promise(setImmediate)
  t.notOk(isClosed)
  resolve()
  await closing
  t.ok(isDone)
})

t.test('the work begins after the answer', async (t) => {
  const { app, ask } = startApp()
  const order: string[] = []
  const { promise, resolve } = held()
  const answered = ask(async () => {
    order.push('work')
    resolve()
  }).then(() => order.push('answer'))
  await Promise.all([promise, answered])
  t.same(order, ['answer', 'work'])
  await app.close()
})

t.test('a failure is logged, and the next work goes on', async (t) => {
  const { app, lines, ask } = startApp()
  t.equal(await ask(() => Promise.reject(new Error('no database'))), 202)
  await app.afterAnswers()
  t.equal(lines.length, 1)
  t.match(JSON.parse(lines.join()), { level: 50, msg: 'the work failed', err: { message: 'no database' } })
  let isDone = false
  await ask(async () => void (isDone = true))
  await app.afterAnswers()
  t.ok(isDone)
  await app.close()
})

t.test('only fifty are under way at once', async (t) => {
  const { app, ask } = startApp()
  const { promise, resolve } = held()
  const statuses = []
  for (let i = 0; i < 52; i++) statuses.push(await ask(() => promise))
  t.same(statuses, [...Array(50).fill(202), 503, 503])
  resolve()
  await app.afterAnswers()
  t.equal(await ask(async () => {}), 202)
  await app.close()
})
