/**
 * The response time does not tell which addresses have an account: register (with SIGNUP=verified), login, sign-in by mail,
 * forgot and resend take the same time for every kind of address. `SAMPLES=500` for the long form.
 */
import t, { type Test } from 'tap'
import { everyKind, prepareAddresses } from '../../accounts/address-kinds.ts'
import { age, mailsOf } from '../../passwords/mailbox.ts'
import { mailsTo } from '../../setup/read-mails.ts'
import { createStopwatch } from '../../setup/stopwatch.ts'

const long = Number(process.env['SAMPLES'] ?? 0)
// A password hash takes 60 ms and more, so few samples suffice to notice a missing one, even on a busy machine.
const hashing = { samples: long || 24, toleranceMs: long ? 5 : 20 }
const quick = { samples: long || 100, toleranceMs: 2 }
const warmUp = 10
const mostApartMs = 5

t.setTimeout(1_200_000)
const { node, signUp, logInWrongly, forgot, signInByMail, resend, idOf } = await prepareAddresses(t, {
  BCRYPT_COST: '10',
})

/** Makes the links of a user as old as they were at the beginning, because all requests may take longer than a minute. */
const keepNew = (userId: string) =>
  node.database.pool.query('UPDATE one_time_tokens SET created_at = now() WHERE user_id = $1', [userId])

/** The response, which is the same for all, and the number of requests. */
async function compare(t: Test, route: string, how: typeof quick, ...asked: Parameters<typeof createStopwatch>) {
  const { samples, toleranceMs } = how
  const watch = createStopwatch(...asked)
  await watch.take(warmUp)
  watch.reset()
  await watch.take(samples)
  // More work slows the fastest responses as much as the median, and a busy machine does not slow them.
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

t.test('register: a registration that waits for its verification, and an address that is taken', async (t) => {
  const { answer, turns } = await compare(t, 'register', hashing, everyKind('new', signUp))
  t.match(answer, /^\{"status":202/)
  const told = (await mailsTo(node, 'verified@example.com')).filter(({ kind }) => kind === 'already_registered')
  t.equal(told.length, turns)
})

t.test('login: an address without an account, and a wrong password', async (t) => {
  const { answer } = await compare(t, 'login', hashing, everyKind('nobody', logInWrongly))
  t.match(answer, /^\{"status":401.*"invalid_credentials"/)
})

t.test('forgot: a mail that is sent, one that is not sent again so soon, and none', async (t) => {
  const kinds = { ...everyKind('nobody', forgot), asked_before: () => forgot('asking@example.com') }
  const { answer, turns } = await compare(
    t,
    'forgot',
    quick,
    kinds,
    async () => {
      await age(node, idOf('verified'), 61)
      await keepNew(idOf('asking'))
    },
    node.app.afterAnswers,
  )
  t.match(answer, /^\{"status":202/)
  t.equal((await mailsOf(node, idOf('verified'))).length, turns)
  t.equal((await mailsOf(node, idOf('asking'))).length, 1)
})

t.test('resend, with SIGNUP=open: a link that is sent, and none', async (t) => {
  const { answer } = await compare(t, 'resend', quick, everyKind('nobody', resend))
  t.match(answer, /^\{"status":202/)
})

t.test('sign-in by mail: a mail that is sent, and none', async (t) => {
  const kinds = everyKind('nobody', signInByMail)
  const { answer } = await compare(t, 'sign-in by mail', quick, kinds, undefined, node.app.afterAnswers)
  t.match(answer, /^\{"status":202/)
})
