/**
 * Nobody can tell which addresses have an account: register (where addresses are verified first), login, sign-in by mail, forgot and resend
 * answer with the same status, body and headers for every kind of address. `test/faults/accounts/enumeration.test.ts` compares
 * the time that they take.
 */
import t, { type Test } from 'tap'
import { age, mailsOf } from '../passwords/mailbox.ts'
import { mailsTo } from '../setup/read-mails.ts'
import { createStopwatch } from '../setup/stopwatch.ts'
import { everyKind, prepareAddresses } from './address-kinds.ts'

const { node, signUp, logInWrongly, forgot, signInByMail, resend, idOf } = await prepareAddresses(t)
const turns = 4

/** The answer, which must be the same for every kind. */
async function onlyAnswer(t: Test, ...kinds: Parameters<typeof createStopwatch>): Promise<string> {
  const watch = createStopwatch(...kinds)
  await watch.take(turns)
  t.equal(watch.answers.size, 1, [...watch.answers].join('\n'))
  return [...watch.answers].join()
}

t.test('register answers the same to an address that waits for its verification and to a taken one', async (t) => {
  t.match(await onlyAnswer(t, everyKind('new', signUp)), /^\{"status":202/)
  const told = (await mailsTo(node, 'verified@example.com')).filter(({ kind }) => kind === 'already_registered')
  t.equal(told.length, turns)
})

t.test('login answers the same to an unknown address and to a wrong password', async (t) => {
  t.match(await onlyAnswer(t, everyKind('nobody', logInWrongly)), /^\{"status":401.*"invalid_credentials"/)
})

t.test('forgot answers the same whether a mail is sent, was sent a moment ago, or is not sent', async (t) => {
  const kinds = { ...everyKind('nobody', forgot), asked_before: () => forgot('asking@example.com') }
  t.match(await onlyAnswer(t, kinds, () => age(node, idOf('verified'), 61), node.app.afterAnswers), /^\{"status":202/)
  t.equal((await mailsOf(node, idOf('verified'))).length, turns)
  t.equal((await mailsOf(node, idOf('asking'))).length, 1)
})

t.test('resend, with SIGNUP=open, answers the same whether a link is sent or not', async (t) => {
  t.match(await onlyAnswer(t, everyKind('nobody', resend)), /^\{"status":202/)
})

t.test('sign-in by mail answers the same whether a mail is sent or not', async (t) => {
  const kinds = everyKind('nobody', signInByMail)
  t.match(await onlyAnswer(t, kinds, undefined, node.app.afterAnswers), /^\{"status":202.*"factor_required"/)
  const sent = async (name: string) =>
    (await mailsTo(node, `${name}@example.com`)).filter(({ kind }) => kind === 'sign_in')
  for (const name of ['verified', 'unverified']) t.equal((await sent(name)).length, turns, name)
  for (const name of ['disabled', 'pending', 'nobody-0']) t.same(await sent(name), [], name)
})
