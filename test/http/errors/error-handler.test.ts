import t from 'tap'
import { AppError } from '../../../src/errors.ts'
import { toAppError } from '../../../src/http/errors/error-handler.ts'
import { createServer } from '../../../src/http/server.ts'

t.test('an unexpected error is 500, and only the log tells its cause', async (t) => {
  const app = await createServer()
  t.teardown(() => app.close())
  app.get('/broken', async () => {
    throw new Error('the password is hunter2')
  })
  const { statusCode, body } = await app.inject('/broken')
  t.equal(statusCode, 500)
  t.match(JSON.parse(body), { code: 'internal_error', detail: 'Something went wrong on the server.', retryable: false })
  t.notMatch(body, /hunter2/)
})

const failure = (code: string, message = '') => Object.assign(new Error(message), { code })
function rawQueryWithoutConnection(): Error {
  const driverAdapterError = new Error('ConnectionClosed', { cause: { kind: 'ConnectionClosed' } })
  return Object.assign(failure('P2010', 'Raw query failed.'), { meta: { driverAdapterError } })
}
const unavailable: [string, Error][] = [
  ['a refused connection', failure('ECONNREFUSED')],
  ['several refused connections', new AggregateError([failure('ECONNREFUSED')])],
  ['no connection in time', new Error('timeout exceeded when trying to connect')],
  ['a statement past its time', failure('57014')],
  ['a server that stops', failure('57P01')],
  ['a full disk', failure('53100')],
  ['a deadlock', failure('40P01')],
  ['a server become read-only', failure('25006')],
  ['Prisma without a server', failure('P1001')],
  ['damaged data', failure('XX001')],
  ["a raw query that lost its connection, in Prisma's words", rawQueryWithoutConnection()],
  ['an error behind an error', new Error('wrapped', { cause: failure('08006') })],
]
for (const [name, error] of unavailable) {
  t.test(`${name} is 503 and retryable`, async (t) => {
    t.match(toAppError(error), { code: 'database_unavailable', retryAfterSeconds: 1 })
  })
}

t.test('an error in an SQL statement is 500', async (t) => {
  for (const code of ['42601', '23505', 'P2002', 'ENOENT']) t.equal(toAppError(failure(code)).code, 'internal_error')
  t.equal(toAppError('a string').code, 'internal_error')
  t.equal(toAppError(undefined).code, 'internal_error')
})

t.test('a client that disconnects in the middle of its body is not taken for a database failure', async (t) => {
  const gone = Object.assign(failure('ECONNRESET', 'aborted'), { statusCode: 400 })
  t.equal(toAppError(gone).code, 'malformed_body')
})

t.test('an AppError keeps its status', async (t) => {
  const error = new AppError('email_taken')
  t.equal(toAppError(error), error)
})
