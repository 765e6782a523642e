/** A node tells when another secret comes into force, also when it brings that about itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { keySettings } from '../../src/keys/key-keeper.ts'
import { startKeyRing } from '../../src/keys/key-ring.ts'
import { createKeyStore } from '../../src/keys/key-store.ts'
import { connect, createDatabase } from '../setup/database.ts'

const older = 'the older secret of this test, 32 and more'
const newer = 'the newer secret of this test, 32 and more'

async function createRings(t: Test) {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  return async (...secrets: string[]) => {
    const database = connect(url)
    t.teardown(() => database.close())
    const told: [index: number, changed: boolean][] = []
    const onSecret = (index: number, changed: boolean) => void told.push([index, changed])
    const store = createKeyStore(database)
    const ring = await startKeyRing({ ...keySettings(readConfig({})), store, secrets, onSecret })
    t.teardown(() => ring.stop())
    return { told, stop: () => ring.stop() }
  }
}

t.test('a node alone tells it at its start', async (t) => {
  const start = await createRings(t)
  const first = await start(older)
  t.same(first.told, [], 'the first secret of a database is no change')
  await first.stop()
  const second = await start(newer, older)
  t.same(second.told, [[0, true]])
  await second.stop()
  const third = await start(newer, older)
  t.same(third.told, [], 'once')
})

t.test('a node tells that the new secret waits, and later that it is in force', async (t) => {
  const start = await createRings(t)
  const other = await start(older)
  const node = await start(newer, older)
  t.same(node.told, [[1, false]])
  await other.stop()
  const last = await start(newer, older)
  while (node.told.length < 2) await sleep(20)
  t.same(node.told, [
    [1, false],
    [0, true],
  ])
  t.same(last.told, [[0, true]])
})
