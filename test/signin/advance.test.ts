/** A sign-in attempt goes on with each proof, and a session begins only when nothing is owed. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { createAdvance } from '../../src/signin/advance.ts'
import type { Proof } from '../../src/signin/attempt.ts'
import { nowhere } from '../setup/client.ts'

const client = { mode: 'bearer', remembered: true, context: nowhere } as const
const account = { id: 'ada' } as Proof['account']

/** An `advance` of users who owe a second factor after a password. It lists the sessions that begin or are renewed. */
function createAttempts() {
  const begun: unknown[] = []
  const pair = {} as TokenPair
  const advance = createAdvance<'otp'>({
    owes: (_, amr) => (amr.includes('otp') ? [] : ['otp']),
    startSession: async ({ amr }, { mode }) => {
      begun.push({ amr, mode })
      return pair
    },
    renewSession: async ({ amr }, { sessionId }) => {
      begun.push({ amr, sessionId })
      return pair
    },
  })
  return { advance, begun, pair }
}

t.test('a user who owes a factor is not signed in, and the attempt remembers what was proven', async (t) => {
  const { advance, begun } = createAttempts()
  const first = await advance({ goal: { starts: client }, amr: [] }, { account, amr: ['pwd'] })
  t.match(first, { status: 'factor_required', owed: ['otp'], attempt: { amr: ['pwd'] } })
  t.same(begun, [], 'no session begins')
  if (first.status !== 'factor_required') return
  const second = await advance(first.attempt, { account, amr: ['otp', 'mfa'] })
  t.equal(second.status, 'signed_in')
  t.same(begun, [{ amr: ['pwd', 'otp', 'mfa'], mode: 'bearer' }], 'one session, with the methods of all proofs')
})

t.test('an attempt in a known session renews that session', async (t) => {
  const { advance, begun } = createAttempts()
  const goal = { renews: { sessionId: 'known', context: nowhere } }
  t.match(await advance({ goal, amr: [] }, { account, amr: ['pwd'] }), { status: 'factor_required' })
  t.match(await advance({ goal, amr: ['pwd'] }, { account, amr: ['otp'] }), { status: 'signed_in' })
  t.same(begun, [{ amr: ['pwd', 'otp'], sessionId: 'known' }])
})
