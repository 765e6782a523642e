/** Two tabs or processes with one storage, without a lock: late answers, old views, failing storages. */
import t from 'tap'
import { memoryStorage, StorageError, type TokenStorage } from '../../../packages/client/src/index.ts'
import { createApp, generationOf, signedIn, startWithUser } from './app.ts'

const { node, credentials, expireTokens } = await startWithUser(t)
const whoami = `${node.baseUrl}/auth/whoami`
const shared = (): TokenStorage => ({ ...memoryStorage(), isShared: true })

/** Two tabs of one user who is signed in. */
async function openTabs(t: Parameters<typeof createApp>[0], storage = shared()) {
  const [one, other] = [createApp(t, node, { storage }), createApp(t, node, { storage })]
  const { sessionId } = signedIn(await one.client.signIn(credentials))
  await other.client.session()
  return { one, other, sessionId, storage }
}

/** Holds the answers to this tab's refreshes. `arrived` resolves when the first is there, and `release` lets all go. */
function holdRefreshes({ network }: ReturnType<typeof createApp>) {
  const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  network.onAnswer = async (path) => {
    if (path !== '/auth/refresh') return
    arrived.resolve()
    await released.promise
  }
  return { arrived: arrived.promise, release: released.resolve }
}

t.test('a tab takes the new token that another has stored, and sends no request', async (t) => {
  const { one, other, sessionId } = await openTabs(t)
  expireTokens()
  t.equal((await one.client.fetch(whoami)).status, 200)
  t.equal((await other.client.fetch(whoami)).status, 200)
  t.equal(other.network.count('/auth/refresh'), 0)
  t.equal(await generationOf(node, sessionId), 1)
})

t.test('an answer that comes late does not replace a newer token', async (t) => {
  const { one, other, sessionId } = await openTabs(t)
  const { arrived, release } = holdRefreshes(one)
  expireTokens()
  const frozen = one.client.fetch(whoami)
  await arrived
  for (let i = 0; i < 3; i++) {
    t.equal((await other.client.fetch(whoami)).status, 200)
    expireTokens()
  }
  t.equal((await other.client.fetch(whoami)).status, 200)
  release()
  t.equal((await frozen).status, 200)
  for (const { client, changes } of [one, other, other, one]) {
    if (client === one.client) expireTokens()
    t.equal((await client.fetch(whoami)).status, 200)
    t.notOk(changes.includes('signed_out'))
  }
  t.ok((await generationOf(node, sessionId)) >= 4)
})

t.test('a late refusal does not sign out a tab whose session has a newer token', async (t) => {
  const { one, other } = await openTabs(t)
  const { arrived, release } = holdRefreshes(one)
  // The session of `one` ends, and the user signs in again in the other tab before the refusal arrives.
  await createAppWithEnd(t)
  expireTokens()
  const frozen = one.client.fetch(whoami)
  await arrived
  await other.client.signIn(credentials)
  release()
  await frozen
  t.match(one.client.state(), { status: 'signed_in', sessionId: other.client.state().sessionId ?? '' })
  t.notOk(one.changes.includes('signed_out'))
})

async function createAppWithEnd(t: Parameters<typeof createApp>[0]): Promise<void> {
  const { client } = createApp(t, node)
  await client.signIn(credentials)
  await client.api.endSessions()
}

t.test('a tab with an old view of the storage puts back an older token, and the other tab corrects it', async (t) => {
  const { one, storage } = await openTabs(t)
  const key = `countersign.${node.baseUrl.replace(/[^A-Za-z0-9.-]+/g, '_')}`
  const old = await storage.read(key)
  expireTokens()
  t.equal((await one.client.fetch(whoami)).status, 200)
  const newer = await storage.read(key)
  await storage.replace(key, newer, old)
  expireTokens()
  t.equal((await one.client.fetch(whoami)).status, 200)
  const { n } = JSON.parse((await storage.read(key)) ?? '')
  t.equal(n, 3)
})

t.test(
  'a sign-out in one tab is a sign-out in the other, even if that waits for the answer of a refresh',
  async (t) => {
    const { one, other } = await openTabs(t)
    const { arrived, release } = holdRefreshes(one)
    expireTokens()
    const waiting = one.client.fetch(whoami)
    await arrived
    await other.client.signOut()
    release()
    t.equal((await waiting).status, 401)
    t.match(one.client.state(), { status: 'signed_out' })
  },
)

t.test('a new token is stored before it is used', async (t) => {
  const [arrived, stored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let isSlow = false
  const inner = shared()
  const storage: TokenStorage = {
    ...inner,
    replace: async (...change) => {
      if (isSlow) {
        arrived.resolve()
        await stored.promise
      }
      return inner.replace(...change)
    },
  }
  const { one } = await openTabs(t, storage)
  const before = await one.client.accessToken()
  isSlow = true
  expireTokens()
  const waiting = one.client.fetch(whoami)
  await arrived.promise
  t.equal(await one.client.accessToken(), before)
  stored.resolve()
  t.equal((await waiting).status, 200)
  t.not(await one.client.accessToken(), before)
})

t.test('a token that cannot be stored is not used for the next refresh', async (t) => {
  let isFull = false
  const inner = shared()
  const storage: TokenStorage = {
    ...inner,
    replace: async (...change) => {
      if (isFull) throw new Error('the disk is full')
      return inner.replace(...change)
    },
  }
  const { one, other } = await openTabs(t, storage)
  isFull = true
  for (let i = 0; i < 3; i++) {
    expireTokens()
    t.equal((await one.client.fetch(whoami)).status, 200)
  }
  await t.rejects(one.client.signIn(credentials), StorageError)
  isFull = false
  expireTokens()
  for (const { client, changes } of [other, one]) {
    t.equal((await client.fetch(whoami)).status, 200)
    t.notOk(changes.includes('signed_out'))
  }
})
