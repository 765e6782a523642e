/** The storages keep the contract: a text is replaced only if it is the expected one. */
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { asyncStorage, memoryStorage, secureStorage, type TokenStorage } from '../../../packages/client/src/index.ts'
import { fileStorage } from '../../../packages/client/src/storage/file.ts'
import { createApp, signedIn, startWithUser } from './app.ts'

const folder = await mkdtemp(join(tmpdir(), 'countersign-storage-'))
t.teardown(() => rm(folder, { recursive: true, force: true }))
const path = join(folder, 'deep', 'tokens.json')

/** A store of React Native: asynchronous, and with `undefined` for a missing text in some versions. */
function createDevice() {
  const texts = new Map<string, string>()
  const later = async <T>(work: () => T) => {
    await new Promise((resolve) => setImmediate(resolve))
    return work()
  }
  return {
    texts,
    getItem: (key: string) => later(() => texts.get(key) ?? null),
    setItem: (key: string, value: string) => later(() => void texts.set(key, value)),
    removeItem: (key: string) => later(() => void texts.delete(key)),
  }
}

const device = createDevice()
const secure = createDevice()
const storages: Record<string, TokenStorage> = {
  memory: memoryStorage(),
  AsyncStorage: asyncStorage(device),
  SecureStore: secureStorage({
    getItemAsync: secure.getItem,
    setItemAsync: secure.setItem,
    deleteItemAsync: secure.removeItem,
  }),
  file: fileStorage(path),
}

for (const [name, storage] of Object.entries(storages)) {
  t.test(`${name}: a replacement counts only if the expected text is there`, async (t) => {
    t.equal(await storage.read('key'), null)
    t.equal(await storage.replace('key', 'other', 'new'), false)
    t.equal(await storage.read('key'), null)
    t.equal(await storage.replace('key', null, 'one'), true)
    t.equal(await storage.replace('key', null, 'two'), false)
    t.equal(await storage.replace('other key', null, 'three'), true)
    t.equal(await storage.read('key'), 'one')
    t.equal(await storage.replace('key', 'one', null), true)
    t.equal(await storage.read('key'), null)
    t.equal(await storage.read('other key'), 'three')
  })

  t.test(`${name}: of twenty replacements at once, one counts`, async (t) => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => storage.replace('contested', null, `${i}`)))
    const winner = all.indexOf(true)
    t.equal(all.filter((isDone) => isDone).length, 1)
    t.equal(await storage.read('contested'), `${winner}`)
  })
}

t.test('the file belongs to its owner alone, and no draft or lock is left', async (t) => {
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same(await readdir(join(folder, 'deep')), ['tokens.json'])
})

t.test('a file that is not ours is not overwritten', async (t) => {
  const foreign = join(folder, 'notes.txt')
  await writeFile(foreign, 'my notes')
  await t.rejects(fileStorage(foreign).replace('key', null, 'text'))
  await t.rejects(fileStorage(foreign).read('key'))
})

t.test('the session of a phone or a command line outlives its process', async (t) => {
  const { node, credentials } = await startWithUser(t)
  const phone = createDevice()
  for (const open of [() => asyncStorage(phone), () => fileStorage(join(folder, 'session.json'))]) {
    const first = createApp(t, node, { storage: open() })
    const { sessionId } = signedIn(await first.client.signIn(credentials))
    const next = createApp(t, node, { storage: open() })
    t.match(await next.client.session(), { sessionId, user: { email: credentials.email } })
    t.equal((await next.client.fetch(`${node.baseUrl}/auth/whoami`)).status, 200)
  }
  const [record = ''] = [...phone.texts].filter(([key]) => !key.endsWith('.device')).map(([, text]) => text)
  t.notMatch(record, /accessToken/, 'a phone keeps no access token')
  t.ok(record.length < 1500, `${record.length} characters, less than the 2048 bytes of SecureStore`)
  t.ok(
    [...phone.texts.keys()].every((key) => /^[\w.-]+$/.test(key)),
    'SecureStore takes these keys',
  )
})

t.test('the device token of a sign-in is sent with the next one', async (t) => {
  const { node, credentials } = await startWithUser(t)
  const bodies: unknown[] = []
  const app = createApp(t, node, {
    storage: asyncStorage(createDevice()),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      if (request.url.endsWith('/auth/login')) bodies.push(await request.clone().json())
      return fetch(request)
    },
  })
  await app.client.signIn(credentials)
  await app.client.signOut()
  await app.client.signIn(credentials)
  t.match(bodies, [{ device_token: undefined }, { device_token: /^.{20,}$/ }])
})
