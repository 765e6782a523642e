/** A client that is offline finds out by itself when the server can be reached again. */
import t from 'tap'
import { NetworkError } from '../../../packages/client/src/index.ts'
import { createApp, startWithUser, untilChange } from './app.ts'

const { node, credentials, expireTokens } = await startWithUser(t)
const lost = (count: number) => Array.from({ length: count }, () => 'lost request' as const)

t.test('when the first question gets no answer, the client asks again until the session is known', async (t) => {
  const { client, network, changes } = createApp(t, node, { mode: 'cookie' })
  t.equal(client.isOnline(), true)
  network.fail('/auth/session', ...lost(5))
  const known = untilChange(client, 'signed_out')
  await t.rejects(client.session(), NetworkError)
  t.equal(client.state().status, 'unknown')
  t.equal(client.isOnline(), false)
  await known
  t.equal(client.isOnline(), true)
  t.same(changes, ['offline', 'online', 'signed_out'])
  t.equal(network.count('/auth/session'), 6)
})

t.test('when the first question is refused for now, the client asks again too', async (t) => {
  let isBusy = true
  const busy = { code: 'overloaded', status: 503, detail: 'Busy.', retryable: false }
  const { client } = createApp(t, node, {
    mode: 'cookie',
    fetch: (input, init) => (isBusy ? Promise.resolve(Response.json(busy, { status: 503 })) : fetch(input, init)),
  })
  const known = untilChange(client, 'signed_out')
  await t.rejects(client.session(), { code: 'overloaded' })
  isBusy = false
  await known
})

t.test('a user who is signed in stays so, and the app learns that the server is back', async (t) => {
  const { client, network, changes } = createApp(t, node)
  await client.signIn(credentials)
  expireTokens()
  network.fail('/auth/refresh', ...lost(4))
  const back = untilChange(client, 'online')
  await t.rejects(client.fetch(`${node.baseUrl}/auth/whoami`), NetworkError)
  await back
  t.same(changes.slice(0, 3), ['signed_in', 'offline', 'online'])
  t.ok(network.count('/auth/session') > 0, 'it asked by itself')
  t.notOk(changes.includes('signed_out'))
})
