/**
 * Nobody can tell who has an account: register (where addresses are proven first), login, forgot and resend answer with the
 * same status, body and headers, and in the same time, whatever there is about an address. `SAMPLES=500` for the long form.
 */
import t, { type Test } from 'tap'
import { age, lettersOf } from '../passwords/mailbox.ts'
import { call, password } from '../setup/client.ts'
import { lettersTo, linkTo } from '../setup/letters.ts'
import { startNode } from '../setup/node.ts'
import { createStopwatch } from '../setup/stopwatch.ts'

const long = Number(process.env['SAMPLES'] ?? 0)
// A password hash makes an answer slow, by 60 ms and more: few are enough to notice one that is left out, beside other tests.
const hashing = { samples: long || 24, toleranceMs: long ? 5 : 20 }
const quick = { samples: long || 100, toleranceMs: 2 }
const warmUp = 10
const mostApartMs = 5

t.setTimeout(1_200_000)
const node = await startNode(t, { env: { SIGNUP: 'verified' } })
/** Where an account may be unproven, and a link is sent again. */
const open = await startNode(t, { databaseUrl: node.databaseUrl })
const post = (path: string, body: unknown, at = node) => call(`${at.baseUrl}/auth/${path}`, { body })
const signUp = (email: string) => post('register', { email, password })
const resend = (email: string) => post('email/resend', { email }, open)
const forgot = (email: string) => post('password/forgot', { email })
const loginWrongly = (email: string) => post('login', { email, password: 'not the password' })

const ids = new Map<string, string>()
for (const name of ['proven', 'asking', 'disabled', 'unproven']) {
  const email = `${name}@example.com`
  await post('register', { email, password }, open)
  if (name !== 'unproven') await post('email/verify', { token: await linkTo(node, email) })
  const sql = `UPDATE users SET disabled_at = $2 WHERE email = $1 RETURNING id`
  const { rows } = await node.database.pool.query(sql, [email, name === 'disabled' ? new Date() : null])
  ids.set(name, rows[0].id)
}
await signUp('pending@example.com')
const idOf = (name: string) => ids.get(name) ?? ''

type Ask = (email: string) => ReturnType<typeof post>
/** Asks about an address of each kind; `nobody`: how addresses begin that no other test has asked about. */
const everybody = (nobody: string, ask: Ask) => ({
  unknown: (turn: number) => ask(`${nobody}-${turn}@example.com`),
  known: () => ask('proven@example.com'),
  unproven: () => ask('unproven@example.com'),
  disabled: () => ask('disabled@example.com'),
  pending: () => ask('pending@example.com'),
})

/** What was answered, the same to all, and how often each was asked. */
async function compare(t: Test, route: string, how: typeof quick, ...asked: Parameters<typeof createStopwatch>) {
  const { samples, toleranceMs } = how
  const watch = createStopwatch(...asked)
  await watch.take(warmUp)
  watch.reset()
  await watch.take(samples)
  // More work shifts the quickest answers as much as the median; a busy machine leaves them alone.
  const apart = () => Math.min(watch.apartAt(0.5), watch.apartAt(0.1))
  const alike = () => apart() < toleranceMs && (!long || watch.apartAt(0.5) < mostApartMs)
  let taken = samples
  for (; taken < 3 * samples && !alike(); taken += samples) await watch.take(samples)
  t.comment(`${route}, medians of ${taken}: ${watch.show(0.5)}`)
  t.comment(`${route}, quickest tenths: ${watch.show(0.1)}`)
  t.ok(alike(), `${apart().toFixed(2)} ms apart, medians ${watch.apartAt(0.5).toFixed(2)} ms`)
  t.equal(watch.answers.size, 1, [...watch.answers].join('\n'))
  return { answer: [...watch.answers].join(), turns: taken + warmUp }
}

t.test('register: a registration that waits for its proof, and an address that is taken', async (t) => {
  const { answer, turns } = await compare(t, 'register', hashing, everybody('new', signUp))
  t.match(answer, /^\{"status":202/)
  const told = (await lettersTo(node, 'proven@example.com')).filter(({ kind }) => kind === 'already_registered')
  t.equal(told.length, turns)
})

t.test('login: an address that nobody has, and a wrong password', async (t) => {
  const { answer } = await compare(t, 'login', hashing, everybody('nobody', loginWrongly))
  t.match(answer, /^\{"status":401.*"invalid_credentials"/)
})

t.test('forgot: a letter that is sent, one that is not sent again so soon, and none', async (t) => {
  const kinds = { ...everybody('nobody', forgot), asked_before: () => forgot('asking@example.com') }
  const { answer, turns } = await compare(t, 'forgot', quick, kinds, () => age(node, idOf('proven'), 61))
  t.match(answer, /^\{"status":202/)
  t.equal((await lettersOf(node, idOf('proven'))).length, turns)
  t.equal((await lettersOf(node, idOf('asking'))).length, 1)
})

t.test('resend, where sign-up is open: a link that is sent, and none', async (t) => {
  const { answer } = await compare(t, 'resend', quick, everybody('nobody', resend))
  t.match(answer, /^\{"status":202/)
})
