/** Sign-ins that go on with a second factor, in an app in bearer mode. */
import t from 'tap'
import { ApiError, NetworkError } from '../../../packages/client/src/index.ts'
import { fromBase32 } from '../../../src/factors/totp/base32.ts'
import { codeOf, stepAt } from '../../../src/factors/totp/one-time-password.ts'
import { createApp, signedIn, startWithUser } from './app.ts'

type App = ReturnType<typeof createApp>

// A code of the present step and one of the next are valid, whatever the time. The first adds the app, the second signs in.
const codeAhead = (secret: string, steps: number) => codeOf(fromBase32(secret), stepAt(Date.now()) + steps)

/** A user with an authenticator app and recovery codes, who is signed out. */
async function startWithTotp(t: Parameters<typeof startWithUser>[0]) {
  const { node, credentials } = await startWithUser(t)
  const { client, network } = createApp(t, node)
  signedIn(await client.signIn(credentials))
  const { id, secret } = await client.api.beginTotp()
  const { recovery_codes: codes = [] } = await client.api.confirmTotp({ id, code: codeAhead(secret, 0) })
  const answer = await client.fetch(`${node.baseUrl}/auth/whoami`)
  const requests = network.count('/auth/whoami')
  await client.signOut()
  return { node, credentials, secret, codes, answer, requests }
}

/** Enters the password of a user who owes a factor. */
async function enterPassword({ client }: App, credentials: { email: string; password: string }) {
  const result = await client.signIn(credentials)
  if (result.status !== 'factor_required') throw new Error(`the sign-in ended in ${result.status}`)
  return result
}

t.test('the session goes on after an app was added, and the next sign-in asks for a code', async (t) => {
  const { node, credentials, secret, answer, requests } = await startWithTotp(t)
  t.equal(answer.status, 200)
  t.equal(requests, 1, 'the revoked access token is not tried')
  const app = createApp(t, node)
  const { client, changes } = app
  const owed = await enterPassword(app, credentials)
  t.match(owed, { status: 'factor_required', factors: ['totp', 'recovery_code'], expiresIn: 600 })
  t.equal(await client.session(), null, 'nobody is signed in')
  const result = await client.api.signInWithFactor({
    attempt: owed.attempt,
    method: 'totp',
    code: codeAhead(secret, 1),
  })
  t.match(await client.session(), { status: 'signed_in', sessionId: signedIn(result).sessionId })
  const { amr } = (await (await client.fetch(`${node.baseUrl}/auth/whoami`)).json()) as { amr: string[] }
  t.same(amr, ['pwd', 'otp', 'mfa'])
  t.same(changes, ['signed_out', 'signed_in'])
})

t.test('a wrong code is refused, and the sign-in goes on', async (t) => {
  const { node, credentials, codes } = await startWithTotp(t)
  const app = createApp(t, node)
  const { attempt } = await enterPassword(app, credentials)
  const enter = (code: string) => app.client.api.signInWithFactor({ attempt, method: 'recovery_code', code })
  await t.rejects(enter('AAAAAA-AAAAAA-AAAAAA-AAAAAA'), ApiError)
  t.equal(app.client.state().status, 'unknown')
  t.match(await enter(codes[0] ?? ''), { status: 'signed_in' })
})

t.test('a code whose answer is lost is not sent again, and the user begins anew', async (t) => {
  const { node, credentials, codes } = await startWithTotp(t)
  const app = createApp(t, node)
  const { attempt } = await enterPassword(app, credentials)
  app.network.fail('/auth/login/factor', 'lost answer')
  const step = { attempt, method: 'recovery_code', code: codes[0] ?? '' } as const
  await t.rejects(app.client.api.signInWithFactor(step), NetworkError)
  t.equal(app.network.count('/auth/login/factor'), 1)
  await t.rejects(app.client.api.signInWithFactor(step), { code: 'attempt_ended' })
  const next = await enterPassword(app, credentials)
  const again = { attempt: next.attempt, method: 'recovery_code', code: codes[1] ?? '' } as const
  t.match(await app.client.api.signInWithFactor(again), { status: 'signed_in' })
})

t.test('a step-up by a code whose answer is lost is not repeated, and the next code makes it', async (t) => {
  const { node, credentials, codes } = await startWithTotp(t)
  const app = createApp(t, node)
  const { attempt } = await enterPassword(app, credentials)
  const stepOf = (i: number) => ({ method: 'recovery_code', code: codes[i] ?? '' }) as const
  await app.client.api.signInWithFactor({ attempt, ...stepOf(0) })
  app.network.fail('/auth/reauthenticate', 'lost answer')
  await t.rejects(app.client.api.reauthenticate(stepOf(1)), NetworkError)
  t.equal(app.network.count('/auth/reauthenticate'), 1)
  t.match(await app.client.api.reauthenticate(stepOf(2)), { status: 'signed_in' })
  t.notOk(app.changes.includes('signed_out'), 'the access token from before the lost answer still works')
})

t.test('to sign in again, a user with an app enters a code', async (t) => {
  const { node, credentials, codes } = await startWithTotp(t)
  const app = createApp(t, node)
  const { attempt } = await enterPassword(app, credentials)
  const [first = '', second = ''] = codes
  await app.client.api.signInWithFactor({ attempt, method: 'recovery_code', code: first })
  const { sessionId } = (await app.client.session()) ?? {}
  const owed = await app.client.api.reauthenticate({ password: credentials.password })
  t.match(owed, { status: 'factor_required' }, 'the password alone is not enough')
  t.match(await app.client.session(), { sessionId }, 'and the session stays')
  const result = await app.client.api.reauthenticate({ method: 'recovery_code', code: second })
  t.match(result, { status: 'signed_in', sessionId })
})
