/** Adding a passkey during a sign-in that needs a second factor. */
import t from 'tap'
import type { CreationOptions } from '../../../src/factors/passkeys/options.ts'
import { register, whoami } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { createAuthenticator } from './authenticator.ts'
import { beginAttempt, post, signIn } from './users.ts'

const free = await startNode(t)
/** A factor is required here. */
const node = await startNode(t, { databaseUrl: free.databaseUrl, env: { FACTORS_REQUIRED: 'always' } })
const path = '/auth/login/enrolment/passkeys'
const told = ({ status, body }: { status: number; body: { code?: string } }) => `${status} ${body.code}`
const optionsOf = async (attempt: string) => (await post<CreationOptions>(node, `${path}/options`, { attempt })).body

async function newAttempt() {
  const { user } = await register(free.baseUrl)
  return { user, attempt: await beginAttempt(node, user.email) }
}

t.test('a user without a factor adds a passkey, and is signed in with it', async (t) => {
  const { user } = await register(free.baseUrl)
  const { body: begun } = await post(node, '/auth/login', {
    email: user.email,
    password: 'correct horse battery staple',
  })
  t.match(begun, { status: 'factor_required', factors: [], enrolment: ['totp', 'passkey'] })
  const { attempt } = begun
  const authenticator = createAuthenticator()
  const credential = authenticator.create(await optionsOf(attempt), { verifies: false })
  const { status, body } = await post(node, path, { attempt, credential, name: 'My key' })
  t.equal(status, 200)
  t.match(body, { status: 'signed_in', user: { id: user.id } })
  t.equal(body.recovery_codes?.length, 10)
  t.match((await whoami(node.baseUrl, body.access_token)).body, { amr: ['pwd', 'hwk', 'mfa'] })
  t.equal((await signIn(node, authenticator)).status, 200)
  t.equal(told(await post(node, path, { attempt, credential })), '401 attempt_ended')
})

t.test('an attempt whose user owes no new factor adds none', async (t) => {
  const { user } = await register(free.baseUrl)
  const authenticator = createAuthenticator()
  const first = await beginAttempt(node, user.email)
  const second = await beginAttempt(node, user.email)
  const options = await optionsOf(second)
  const credential = authenticator.create(await optionsOf(first))
  t.equal((await post(node, path, { attempt: first, credential })).status, 200)
  const late = createAuthenticator().create(options)
  t.equal(told(await post(node, path, { attempt: second, credential: late })), '401 attempt_ended', 'it began before')
  const third = await beginAttempt(node, user.email)
  t.equal(told(await post(node, `${path}/options`, { attempt: third })), '401 attempt_ended', 'the passkey is owed')
  t.equal(told(await post(node, `${path}/options`, { attempt: 'A'.repeat(43) })), '401 attempt_ended')
})

t.test('two attempts at once add one factor', async (t) => {
  const { user } = await register(free.baseUrl)
  const attempts = await Promise.all(Array.from({ length: 10 }, () => beginAttempt(node, user.email)))
  const bodies = await Promise.all(
    attempts.map(async (attempt) => ({ attempt, credential: createAuthenticator().create(await optionsOf(attempt)) })),
  )
  const answers = await Promise.all(bodies.map((body) => post(node, path, body)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  const { rows } = await node.database.pool.query('SELECT 1 FROM factors WHERE user_id = $1', [user.id])
  t.equal(rows.length, 1)
})

t.test('a challenge is for its attempt', async (t) => {
  const ada = await newAttempt()
  const grace = await newAttempt()
  const credential = createAuthenticator().create(await optionsOf(ada.attempt))
  t.equal(told(await post(node, path, { attempt: grace.attempt, credential })), '401 invalid_challenge')
})
