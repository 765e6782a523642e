/** Calls that replace the tokens of the session: a step-up and a change of the password. Their answers can be lost too. */
import t from 'tap'
import { ApiError } from '../../../packages/client/src/index.ts'
import { createApp, signedIn, startWithUser } from './app.ts'

const { node, credentials, expireTokens } = await startWithUser(t)
const whoami = `${node.baseUrl}/auth/whoami`
const second = 'another correct horse battery staple'
const third = 'a third correct horse battery staple'

t.test('a step-up whose answer is lost is repeated, and the session goes on', async (t) => {
  for (const fault of [undefined, 'lost request', 'lost answer'] as const) {
    const { client, network, changes } = createApp(t, node)
    const { sessionId } = signedIn(await client.signIn(credentials))
    network.fail('/auth/reauthenticate', fault)
    t.match(await client.api.reauthenticate({ password: credentials.password }), { status: 'signed_in', sessionId })
    expireTokens()
    t.equal((await client.fetch(whoami)).status, 200)
    t.notOk(changes.includes('signed_out'))
  }
})

t.test('a step-up with an expired access token refreshes first', async (t) => {
  const { client, changes } = createApp(t, node)
  await client.signIn(credentials)
  expireTokens()
  t.match(await client.api.reauthenticate({ password: credentials.password }), { status: 'signed_in' })
  t.notOk(changes.includes('signed_out'))
})

t.test('a change of the password whose answer is lost leaves the user signed in with the new one', async (t) => {
  for (const [fault, current_password, new_password] of [
    [undefined, credentials.password, second],
    ['lost request', second, third],
    ['lost answer', third, credentials.password],
  ] as const) {
    const { client, network, changes } = createApp(t, node)
    await client.signIn({ ...credentials, password: current_password })
    network.fail('/auth/password', fault)
    t.match(await client.api.changePassword({ current_password, new_password }), { status: 'signed_in' })
    expireTokens()
    t.equal((await client.fetch(whoami)).status, 200)
    t.notOk(changes.includes('signed_out'))
  }
})

t.test('a wrong password is refused, also after a lost answer, and the session goes on', async (t) => {
  for (const fault of [undefined, 'lost answer'] as const) {
    const { client, network } = createApp(t, node)
    await client.signIn(credentials)
    network.fail('/auth/password', fault)
    const wrong = client.api.changePassword({ current_password: 'wrong', new_password: second })
    t.match(await wrong.catch((error: unknown) => error), { code: 'invalid_credentials' })
    t.equal(network.count('/auth/login'), fault ? 2 : 1, 'the new password is tried only if an answer was lost')
    await t.rejects(client.api.reauthenticate({ password: 'wrong' }), ApiError)
    t.equal((await client.fetch(whoami)).status, 200)
  }
})

t.test('a user who deletes the account or ends the session is signed out', async (t) => {
  // The clock of this node agrees with that of the database, so the sign-in is recent enough for a deletion.
  const recent = await startWithUser(t)
  for (const end of ['endSession', 'endSessions', 'deleteMe'] as const) {
    const { client, changes } = createApp(t, recent.node)
    const { sessionId } = signedIn(await client.signIn(recent.credentials))
    if (end === 'endSession') await client.api.endSession({ id: sessionId })
    else if (end === 'endSessions') await client.api.endSessions({ scope: 'all' })
    else await client.api.deleteMe()
    t.equal(await client.session(), null)
    t.equal(changes.at(-1), 'signed_out')
  }
})
