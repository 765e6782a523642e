/** Ending sessions, many at once, on two nodes. */
import t, { type Test } from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, refresh } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { usersOn } from './users.ts'

// Postgres needs longer on a busy machine.

const log: string[] = []
const keep = { log: (line: string) => void log.push(line) }
const node = await startNode(t, keep)
const other = await startNode(t, { ...keep, databaseUrl: node.databaseUrl })
const { personWith, reasons, events } = usersOn(node)

/** Sends all requests at once, and repeats those that the database had no connection for. Returns their statuses. */
async function race(t: Test, requests: readonly (() => Promise<{ status: number }>)[]): Promise<number[]> {
  const answer = async (send: () => Promise<{ status: number }>): Promise<number> => {
    const { status } = await send()
    return status === 503 ? answer(send) : status
  }
  const statuses = await Promise.all(requests.map(answer))
  t.notOk(
    statuses.some((status) => status >= 500),
    'nothing fails',
  )
  t.notOk(
    log.some((line) => /deadlock/.test(line)),
    'nobody waits for each other',
  )
  return statuses
}
const count = (statuses: readonly number[], status: number) => statuses.filter((one) => one === status).length
const onBoth = (i: number) => (i % 2 ? node : other).baseUrl

t.test('fifty requests to end one session at once: one ends it', async (t) => {
  const [ada, lost] = await personWith(2)
  const address = (i: number) => `${onBoth(i)}/auth/sessions/${lost?.session_id}`
  const send = (_: unknown, i: number) => () => call(address(i), { method: 'DELETE', token: ada.access_token })
  const statuses = await race(t, Array.from({ length: 50 }, send))
  t.same([count(statuses, 204), count(statuses, 404)], [1, 49])
  t.equal((await events('session_signed_out', ada.user.id)).length, 1)
})

t.test('devices that sign each other out at once: one stays signed in', async (t) => {
  const pairs = await personWith(12)
  const send =
    ({ access_token: token }: TokenPair, i: number) =>
    () =>
      call(`${onBoth(i)}/auth/sessions`, { method: 'DELETE', token })
  const statuses = await race(t, pairs.map(send))
  t.same([count(statuses, 204), count(statuses, 401)], [1, 11])
  t.equal((await reasons(pairs)).filter((reason) => reason === null).length, 1)
  const left = pairs.find((_, i) => statuses[i] === 204)
  t.equal((await refresh(node.baseUrl, left?.refresh_token ?? '')).status, 200)
})

t.test(
  'fifty requests at once end all other sessions while these refresh: no deadlock, and none is left',
  async (t) => {
    const [ada, ...others] = await personWith(10)
    const address = (i: number) => `${onBoth(i)}/auth/sessions`
    const ends = Array.from(
      { length: 50 },
      (_, i) => () => call(address(i), { method: 'DELETE', token: ada.access_token }),
    )
    const refreshes = others.map(
      ({ refresh_token }, i) =>
        () =>
          refresh(onBoth(i), refresh_token),
    )
    // A transaction locks one row for a moment, so that all requests wait together, each with the rows that it has locked.
    const holder = await node.database.pool.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [ada.session_id])
    const racing = race(t, [...ends.slice(0, 25), ...refreshes, ...ends.slice(25)])
    await pause(300)
    await holder.query('COMMIT')
    holder.release()
    await racing
    t.same(new Set(await reasons(others)), new Set(['signed_out']))
    t.equal((await reasons([ada]))[0], null)
    t.equal((await events('sessions_signed_out', ada.user.id)).length, 1)
  },
)
