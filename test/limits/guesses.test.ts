/** Limits on guesses at a password, also for many at once and on several nodes. */

import bcrypt from 'bcrypt'
import t from 'tap'
import { auditRows } from '../setup/admins.ts'
import { refresh, register, whoami } from '../setup/client.ts'
import { duringCompares } from '../setup/hashing.ts'
import { pass } from '../setup/stopped-clock.ts'
import {
  checked,
  forgetAttempts,
  guess,
  guesses,
  limitHeaders,
  login,
  password,
  startLimited,
  tally,
  userWithDevice,
} from './place.ts'

const node = await startLimited(t)
const other = await startLimited(t, { databaseUrl: node.databaseUrl })

t.beforeEach(() => forgetAttempts(node))

t.test('of 200 parallel guesses on two nodes, no more than the budget are compared', async (t) => {
  const ada = await userWithDevice(node)
  await login(other, { email: ada.user.email })
  const compare = t.capture(bcrypt, 'compare', bcrypt.compare.bind(bcrypt))
  const { email } = ada.user
  const attack = Promise.all(Array.from({ length: 200 }, (_, i) => guess(i % 2 === 0 ? node : other, email)))
  const meanwhile = [
    whoami(node.baseUrl, ada.access_token),
    refresh(other.baseUrl, ada.refresh_token),
    login(other, { email, device: ada.device_token }),
  ]
  const [who, refreshed, known] = await Promise.all(meanwhile)
  const stranger = await login(other, { email })
  const answers = await attack
  const hashes = await checked(node, ada.user.id)
  t.comment(`${JSON.stringify(tally(answers))}; ${hashes} guesses were compared, ${compare().length} hashes made`)
  t.ok(compare().length <= hashes + 1, 'a guess that is refused costs no hash')
  t.equal(hashes, 5)
  const { 401: wrong = 0, 429: refused = 0, 503: busy = 0 } = tally(answers)
  t.equal(wrong, hashes)
  // A busy machine may refuse some with 503.
  t.equal(refused + busy, 200 - hashes)
  t.ok(refused > 50)
  t.match(who, { status: 200 }, 'the owner’s session is none of the attacker’s business')
  t.match(refreshed, { status: 200 }, 'it can be refreshed')
  t.match(known, { status: 200 }, 'the owner logs in on a device that the account knows')
  t.match(stranger, { status: 429, body: { code: 'rate_limited' } }, 'a new device waits')
})

t.test('a refusal tells how long to wait, in its headers and its body', async (t) => {
  const { user } = await register(node.baseUrl)
  await guesses(node, 5, user.email)
  const refused = await guess(node, user.email)
  t.match(refused.body, { status: 429, code: 'rate_limited', retryable: true, title: 'Too Many Requests' })
  t.same(limitHeaders(refused), {
    'retry-after': '1',
    'ratelimit-limit': '5',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '1',
  })
})

t.test('each wait is twice as long as the last, and after it the right password is accepted', async (t) => {
  const { user } = await register(node.baseUrl)
  t.same(await guesses(node, 4, user.email), [401, 401, 401, 401])
  for (const seconds of [1, 2, 4]) {
    t.equal((await guess(node, user.email)).status, 401)
    t.equal((await guess(other, user.email)).headers.get('retry-after'), String(seconds))
    await pass(node.databaseUrl, seconds - 0.1)
    t.equal((await guess(other, user.email)).status, 429, 'not before')
    await pass(node.databaseUrl, 0.1)
  }
  t.equal((await login(node, { email: user.email })).status, 200)
})

t.test('the right password clears the failed attempts of the account', async (t) => {
  const { user } = await register(node.baseUrl)
  await guesses(node, 4, user.email)
  t.equal((await login(other, { email: user.email })).status, 200)
  t.same(await guesses(node, 6, user.email), [401, 401, 401, 401, 401, 429])
})

t.test('another spelling of the address is the same account', async (t) => {
  const { user } = await register(node.baseUrl, 'Some.Body@example.com')
  await guesses(node, 3, user.email)
  t.same(await guesses(node, 3, '  SOME.body@EXAMPLE.com'), [401, 401, 429])
})

t.test('an unknown address is limited in the same way, with the same status, body and headers', async (t) => {
  const { user } = await register(node.baseUrl)
  const nobody = 'nobody-at-all@example.com'
  for (let i = 0; i < 7; i++) {
    const [known, unknown] = await Promise.all([guess(node, user.email), guess(node, nobody)])
    t.equal(known.status, i < 5 ? 401 : 429)
    t.equal(unknown.status, known.status)
    t.same(limitHeaders(unknown), limitHeaders(known))
    const { request_id: _, ...body } = known.body as Record<string, unknown>
    t.match(unknown.body, body)
    t.same(Object.keys(unknown.body).toSorted(), Object.keys(known.body).toSorted())
    t.same([...unknown.headers.keys()].toSorted(), [...known.headers.keys()].toSorted())
  }
})

t.test('only the first refusal of each wait is audited', async (t) => {
  const { user } = await register(node.baseUrl)
  await guesses(node, 25, user.email)
  const refused = await auditRows(node, `type = 'login_refused' AND subject_id = $1`, [user.id])
  t.match(refused, [{ actor_id: null, detail: { by: 'login_account' } }])
  await pass(node.databaseUrl, 1)
  await guesses(node, 5, user.email)
  t.equal((await auditRows(node, `type = 'login_refused' AND subject_id = $1`, [user.id])).length, 2)
})

t.test('an attempt that fails before the password is compared does not count', async (t) => {
  const env = { RATE_LIMITS: 'requests=0,register=0,new_devices=0,letters_mailbox=0' }
  const small = await startLimited(t, { databaseUrl: node.databaseUrl, env })
  const { user } = await register(small.baseUrl)
  // These are more than the queue of hashes takes, and no hash ends before the queue has refused one.
  const refused = Promise.withResolvers<void>()
  duringCompares(t, () => refused.promise)
  const others = Array.from({ length: 120 }, async (_, i) => {
    const answer = await login(small, { email: `somebody-${i % 40}@example.com` })
    if (answer.status === 503) refused.resolve()
    return answer
  })
  const mine = Array.from({ length: 4 }, () => login(small, { email: user.email }))
  const answers = await Promise.all([...others, ...mine])
  t.comment(JSON.stringify(tally(answers)))
  t.ok(answers.some(({ status }) => status === 503))
  const { rows } = await node.database.pool.query<{ sum: string }>('SELECT sum(count) FROM attempts')
  const compared = answers.filter(({ status }) => status === 401).length
  t.equal(Number(rows[0]?.sum), 2 * compared, 'each by its address and by where it came from')
})

t.test('the stored attempts contain neither an address nor an IP address', async (t) => {
  const { user } = await register(node.baseUrl, 'recognisable@example.com')
  await guesses(node, 2, user.email)
  const { rows } = await node.database.pool.query('SELECT encode(key, $1) AS key FROM attempts', ['escape'])
  t.ok(rows.length >= 2)
  t.notMatch(JSON.stringify(rows), /recognisable|127\.0\.0|example/)
})

t.test('a login within the limits still depends on its password', async (t) => {
  const { user } = await register(node.baseUrl)
  t.equal((await login(node, { email: user.email, password })).status, 200)
})
