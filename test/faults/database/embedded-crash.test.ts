/** The embedded Postgres is one server for each directory, whatever processes are killed or start at the same time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createDatabase, createDataDir } from '../../setup/database.ts'
import {
  ask,
  connect,
  isRunning,
  killPostmaster,
  killServer,
  serverPid,
  start,
  startProcess,
} from './embedded-servers.ts'

t.setTimeout(290_000) // a dozen servers start here, which a busy machine takes its time for
const dataDir = await createDataDir()

await t.test('a server whose process was killed is found again', async (t) => {
  const owner = await startProcess(dataDir)
  const pid = await serverPid(dataDir)
  await owner.kill()
  const found = await start(dataDir)
  t.equal(found.url, owner.url)
  t.equal(await serverPid(dataDir), pid)
  t.equal(await ask(found.url, 'SELECT 1'), 1)
  await found.stop()
  t.notOk(await isRunning(dataDir), 'the killed process is not taken for somebody who still uses it')
})

await t.test('processes that start at once in an empty directory share one server', async (t) => {
  const empty = await createDataDir()
  const processes = await Promise.all(Array.from({ length: 3 }, () => startProcess(empty)))
  t.equal(new Set(processes.map(({ url }) => url)).size, 1)
  t.equal(await ask(processes[0]!.url, 'SELECT 1'), 1)
  const log = await readFile(join(empty, 'postgres.log'), 'utf8')
  t.equal(log.match(/ready to accept connections/g)?.length, 1, 'a single server ever ran')
  t.same((await readdir(empty)).toSorted(), ['postgres', 'postgres-password', 'postgres.log'])
  await Promise.all(processes.map(({ stop }) => stop()))
  t.notOk(await isRunning(empty))
})

await t.test(
  'starts at once in one process, with data there or without, share one server and one password',
  async (t) => {
    for (const directory of [dataDir, await createDataDir()]) {
      const users = await Promise.all(Array.from({ length: 3 }, () => start(directory)))
      for (const { url } of users) t.equal(await ask(url, 'SELECT 1'), 1)
      t.equal(new Set(users.map(({ url }) => url)).size, 1)
      await Promise.all(users.map(({ stop }) => stop()))
      t.notOk(await isRunning(directory))
    }
  },
)

await t.test('a start while the last user stops ends with a server that answers', async (t) => {
  let current = await start(dataDir)
  for (let round = 0; round < 8; round++) {
    const [next] = await Promise.all([start(dataDir), current.stop()])
    t.equal(await ask(next.url, 'SELECT 1'), 1)
    current = next
  }
  await current.stop()
})

await t.test('a server whose processes were all killed starts again with all committed data', async (t) => {
  const { url } = await start(dataDir)
  await ask(url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await killServer(dataDir, url)
  t.ok(await isRunning(dataDir), 'its lock file is still there')
  const again = await start(dataDir)
  t.equal(await ask(again.url, 'SELECT answer FROM kept'), 42)
  await again.stop()
})

await t.test('a server whose main process was killed starts again once the others have ended', async (t) => {
  const { url } = await start(dataDir)
  const client = await connect(url)
  await killPostmaster(dataDir)
  const again = await start(dataDir)
  t.equal(await ask(again.url, 'SELECT answer FROM kept'), 42)
  await client.end().catch(() => {})
  await again.stop()
  t.notOk(await isRunning(dataDir))
})

await t.test('a lock file with the number of an unrelated process does not prevent a start', async (t) => {
  const stranger = await createDatabase()
  const { url } = await start(dataDir)
  await killServer(dataDir, url)
  const lock = join(dataDir, 'postgres', 'postmaster.pid')
  const other = await ask(stranger.url, `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)`)
  await writeFile(lock, (await readFile(lock, 'utf8')).replace(/^\d+/, String(other)))
  const again = await start(dataDir)
  t.equal(await ask(again.url, 'SELECT 1'), 1)
  t.equal(await ask(stranger.url, 'SELECT 1'), 1, 'and is left alone')
  await again.stop()
  await stranger.drop()
})

await t.test('the files of a start that was killed are removed', async (t) => {
  const { pid } = await deadProcess()
  await mkdir(join(dataDir, `postgres.init-${pid}-abc`))
  await mkdir(join(dataDir, `postgres.init-${process.pid}-abc`))
  const { stop } = await start(dataDir)
  const names = await readdir(dataDir)
  t.notOk(names.includes(`postgres.init-${pid}-abc`))
  t.ok(names.includes(`postgres.init-${process.pid}-abc`), 'one still at work is let be')
  await stop()
})

async function deadProcess() {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  return child
}
