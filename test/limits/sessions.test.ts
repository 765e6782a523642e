/** A thief of a session cannot guess the password in it. */
import t from 'tap'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { login, startLimited } from './place.ts'

const node = await startLimited(t)
const wrong = 'not the password'
const next = 'quite another sentence'
const reauthenticate = (token: string, given: string) =>
  call(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password: given } })
const change = (token: string, given: string) =>
  call(`${node.baseUrl}/auth/password`, { token, body: { current_password: given, new_password: next } })

t.test('after five wrong passwords in a session, on any route, the session must wait', async (t) => {
  const stolen = await register(node.baseUrl)
  const own = (await login(node, { email: stolen.user.email })).body
  const statuses: number[] = []
  for (const ask of [reauthenticate, change, reauthenticate, change, reauthenticate, change, reauthenticate]) {
    statuses.push((await ask(stolen.access_token, wrong)).status)
  }
  t.same(statuses, [401, 401, 401, 401, 401, 429, 429])
  t.match(await reauthenticate(stolen.access_token, password), { status: 429, body: { code: 'rate_limited' } })
  t.match(await whoami(node.baseUrl, stolen.access_token), { status: 200 }, 'the session stays')
  t.match(await refresh(node.baseUrl, stolen.refresh_token), { status: 200 })
  t.match(await login(node, { email: stolen.user.email }), { status: 200 }, 'logins do not wait')
  t.match(await change(own.access_token, password), { status: 200 }, 'another session does not wait')
})

t.test('of many guesses at once, no more than the budget are compared', async (t) => {
  const { access_token: token, user } = await register(node.baseUrl)
  const answers = await Promise.all(Array.from({ length: 40 }, () => reauthenticate(token, wrong)))
  const compared = answers.filter(({ status }) => status === 401).length
  t.comment(`${compared} of 40`)
  t.ok(compared >= 5 && compared <= 7)
  const { rows } = await node.database.pool.query(
    `SELECT count(*)::int FROM audit_events WHERE type = 'reauthentication_failed' AND subject_id = $1`,
    [user.id],
  )
  t.same(rows, [{ count: compared }])
})

t.test('the right password clears the wrong ones', async (t) => {
  const { access_token: token } = await register(node.baseUrl)
  for (let i = 0; i < 4; i++) await reauthenticate(token, wrong)
  t.equal((await reauthenticate(token, password)).status, 200)
  t.equal((await reauthenticate(token, wrong)).status, 401)
  t.equal((await change(token, password)).status, 200)
})
