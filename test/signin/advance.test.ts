/** A sign-in attempt goes on with each proof, and a session begins only when nothing is owed. */
import t from 'tap'
import { sql } from '../../src/database/sql.ts'
import type { Consumption } from '../../src/sessions/spent-proof-sql.ts'
import { call, password, register } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { addPasskey, addTotp } from '../setup/factors.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'
import { whileHeld } from '../setup/waiting.ts'
import { app, createMachine } from './machine.ts'

const node = await startNode(t)
const { prisma, pool } = node.database
const { attempts, advance } = createMachine(node)

/** A user with a TOTP factor who has entered the password. */
async function enterPassword() {
  const { user } = await register(node.baseUrl)
  const factorId = await addTotp(node.database, user.id)
  const { body } = await call(`${node.baseUrl}/auth/login`, { body: { email: user.email, password } })
  return { user, factorId, token: String(body['attempt']), body }
}
const accountOf = (id: string) => prisma.user.findUniqueOrThrow({ where: { id } })
const sessionsOf = (userId: string) => prisma.session.count({ where: { userId } })

/** Uses the next step of a TOTP factor up. */
const useStep =
  (factorId: string, step: number): Consumption =>
  (when) =>
    sql`UPDATE factors SET last_step = ${step}
    WHERE id = ${factorId} AND (last_step IS NULL OR last_step < ${step}) AND ${when} RETURNING 1`

t.test('a user with a factor is not signed in by the password, and the answer says what is owed', async (t) => {
  const { user, body } = await enterPassword()
  t.match(body, { status: 'factor_required', factors: ['totp', 'recovery_code'], expires_in: 600 })
  t.same(Object.keys(body).toSorted(), ['attempt', 'expires_in', 'factors', 'status'], 'and nothing about the account')
  t.equal(await sessionsOf(user.id), 1, 'only the session of the registration')
})

t.test('the second proof starts the session, with the methods of both, and ends the attempt', async (t) => {
  const { user, factorId, token } = await enterPassword()
  const attempt = await attempts.open(token, app)
  const proof = { account: await accountOf(user.id), amr: ['otp'], consumes: useStep(factorId, 1) }
  const result = await advance(attempt, proof)
  if (result.status !== 'signed_in') throw new Error(result.status)
  t.same((await row(node, result.pair.session_id)).amr, ['pwd', 'otp', 'mfa'])
  await t.rejects(attempts.open(token, app), { code: 'attempt_ended' })
})

t.test('many attempts with one code get one session', async (t) => {
  const { user, factorId, token } = await enterPassword()
  const account = await accountOf(user.id)
  const others = await Promise.all(
    Array.from({ length: 9 }, () => attempts.begin({ goal: 'session', client: app, amr: ['pwd'] }, account)),
  )
  const opened = await Promise.all(
    [token, ...others.map(({ attempt }) => attempt)].map((one) => attempts.open(one, app)),
  )
  const proof = { account, amr: ['otp'], consumes: useStep(factorId, 1) }
  const results = await Promise.allSettled(opened.map((attempt) => advance(attempt, proof)))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.match(
    results.find((result) => result.status === 'rejected'),
    { reason: { code: 'invalid_factor' } },
  )
  t.equal(await sessionsOf(user.id), 2)
})

t.test('one attempt that is used many times at once gets one session', async (t) => {
  const { user, factorId, token } = await enterPassword()
  const account = await accountOf(user.id)
  const attempt = await attempts.open(token, app)
  const proofs = Array.from({ length: 9 }, (_, i) => ({ account, amr: ['otp'], consumes: useStep(factorId, i + 1) }))
  const results = await Promise.allSettled(proofs.map((proof) => advance(attempt, proof)))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.equal(await sessionsOf(user.id), 2)
})

t.test('a factor that is removed during a sign-in yields no session', async (t) => {
  const { user, factorId, token } = await enterPassword()
  const attempt = await attempts.open(token, app)
  const proof = { account: await accountOf(user.id), amr: ['otp'], consumes: useStep(factorId, 1) }
  await prisma.factor.delete({ where: { id: factorId } })
  await t.rejects(advance(attempt, proof), { code: 'attempt_ended' })
  t.equal(await sessionsOf(user.id), 1)
})

t.test('a factor that is being removed while the proof arrives yields no session', async (t) => {
  const { user, factorId, token } = await enterPassword()
  const attempt = await attempts.open(token, app)
  const proof = { account: await accountOf(user.id), amr: ['otp'], consumes: useStep(factorId, 1) }
  const remove = (query: (text: string, values?: unknown[]) => Promise<unknown>) =>
    query('DELETE FROM factors WHERE id = $1', [factorId])
  await t.rejects(
    whileHeld(
      node,
      (query) => query('SELECT FROM users WHERE id = $1 FOR UPDATE', [user.id]),
      () => advance(attempt, proof),
      remove,
    ),
    { code: 'attempt_ended' },
  )
  t.equal(await sessionsOf(user.id), 1)
})

t.test('a session does not begin with a possession alone', async (t) => {
  const { user, factorId } = await enterPassword()
  const account = await accountOf(user.id)
  const proof = { account, amr: ['otp'], consumes: useStep(factorId, 1) }
  await t.rejects(advance({ goal: 'session', client: app, amr: [] }, proof), { code: 'attempt_ended' })
  const { attempt } = await attempts.begin({ goal: 'session', client: app, amr: [] }, undefined)
  await t.rejects(advance(await attempts.open(attempt, app), proof), { code: 'attempt_ended' })
})

t.test('a proof of another account ends the attempt', async (t) => {
  const { token } = await enterPassword()
  const { user: other } = await register(node.baseUrl)
  await addTotp(node.database, other.id)
  const attempt = await attempts.open(token, app)
  await t.rejects(advance(attempt, { account: await accountOf(other.id), amr: ['otp'] }), { code: 'attempt_ended' })
})

t.test('a proof that is owed more stores what was proven', async (t) => {
  const { user } = await enterPassword()
  const account = await accountOf(user.id)
  const begun = await attempts.begin({ goal: 'session', client: app, amr: [] }, undefined)
  const first = await advance(await attempts.open(begun.attempt, app), { account, amr: ['email'] })
  t.match(first, {
    status: 'factor_required',
    required: { attempt: begun.attempt, factors: ['totp', 'recovery_code'] },
  })
  const next = await attempts.open(begun.attempt, app)
  t.match(next, { amr: ['email'], stored: { userId: user.id } })
  t.match(await advance(next, { account, amr: ['otp'] }), { status: 'signed_in' })
})

t.test('a passkey that verified its user is two factors', async (t) => {
  const { user } = await register(node.baseUrl)
  await addPasskey(node.database, user.id)
  const proof = { account: await accountOf(user.id), amr: ['hwk', 'mfa'] }
  t.match(await advance({ goal: 'session', client: app, amr: [] }, proof), { status: 'signed_in' })
})

t.test('to sign in again, a user with a factor must show the factor, and the password is not enough', async (t) => {
  const { access_token: old, session_id: sessionId, user } = await register(node.baseUrl)
  await addTotp(node.database, user.id)
  await untilDenied(node, old)
  const account = await accountOf(user.id)
  const attempt = { goal: { renews: { sessionId, before: ['pwd'] } }, client: app, amr: [] }
  const first = await advance(attempt, { account, amr: ['pwd'] })
  if (first.status !== 'factor_required') throw new Error(first.status)
  t.match(first.required, { factors: ['totp', 'recovery_code'] })
  const next = await attempts.open(first.required.attempt, app)
  t.same(next.goal, { renews: { sessionId, before: ['pwd'] } })
  t.match(await advance(next, { account, amr: ['otp'] }), { status: 'signed_in', pair: { session_id: sessionId } })
  t.match(await advance(attempt, { account, amr: ['otp'] }), { status: 'signed_in' }, 'the factor alone is enough')
  t.same((await row(node, sessionId)).amr, ['pwd', 'otp', 'mfa'])
  t.equal((await pool.query('SELECT FROM signin_attempts WHERE session_id = $1', [sessionId])).rowCount, 0)
})
