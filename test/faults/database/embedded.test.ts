/** The embedded Postgres: created at the first start, private, shared by the processes that use its directory, and stopped by the last. */
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startEmbedded } from '../../../src/database/embedded/embedded.ts'
import { testPostgresBin as binDir } from '../../setup/cluster.ts'
import { createDataDir } from '../../setup/database.ts'
import { ask, connect, isRunning, start } from './embedded-servers.ts'

const dataDir = join(await createDataDir(), 'made', `it's "$HERE"`)

await t.test('a first start creates a server that accepts only local connections with the password', async (t) => {
  const { url, stop } = await start(dataDir)
  t.equal(await ask(url, 'SHOW listen_addresses'), '127.0.0.1')
  t.equal(await ask(url, 'SHOW unix_socket_directories'), '')
  t.equal(await ask(url, 'SHOW fsync'), 'on', 'what is committed is on disk')
  t.equal(await ask(url, 'SHOW server_encoding'), 'UTF8')
  t.equal(await ask(url, "SELECT upper('straße ä')"), 'STRASSE Ä'.replace('SS', 'ß'))
  await t.rejects(ask(url.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1'), { code: '28P01' })
  const mode = async (...path: string[]) => ((await stat(join(dataDir, ...path))).mode & 0o777).toString(8)
  t.equal(await mode(), '700')
  t.equal(await mode('postgres'), '700')
  t.equal(await mode('postgres-password'), '600')
  t.equal(await mode('postgres.log'), '600')
  await stop()
  t.notOk(await isRunning(dataDir))
})

await t.test('a later start keeps the data, and removes the access of other users to the directory', async (t) => {
  const first = await start(dataDir)
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()
  await chmod(dataDir, 0o755)
  const second = await start(dataDir)
  t.equal((await stat(dataDir)).mode & 0o777, 0o700)
  t.equal(await ask(second.url, 'SELECT answer FROM kept'), 42)
  await second.stop()
})

await t.test('two processes with one directory share a server, and the last one stops it', async (t) => {
  const first = await start(dataDir)
  const second = await start(dataDir)
  t.equal(second.url, first.url)
  await first.stop()
  t.equal(await ask(second.url, 'SELECT 1'), 1)
  await second.stop()
  t.notOk(await isRunning(dataDir))
})

await t.test('stop leaves the server running for a client that is still connected', async (t) => {
  const { url, stop } = await start(dataDir)
  const client = await connect(url)
  await stop()
  t.equal((await client.query('SELECT 1 AS one')).rows[0].one, 1)
  await client.end()
  const again = await start(dataDir)
  t.equal(again.url, url)
  await again.stop()
  t.notOk(await isRunning(dataDir))
})

await t.test('a forced stop ends the server in any case, and a second stop does nothing', async (t) => {
  const { url, stop } = await start(dataDir)
  await connect(url)
  await stop({ force: true })
  t.notOk(await isRunning(dataDir))
  await stop()
})

await t.test('an error contains the message of Postgres', async (t) => {
  await t.rejects(startEmbedded({ dataDir, binDir, settings: { nonsense: 'on' } }), {
    message: /does not start in .*unrecognized configuration parameter "nonsense"/s,
  })
  await t.rejects(startEmbedded({ dataDir: await createDataDir(), binDir: '/nowhere' }), {
    message: /initdb failed: .*\/nowhere\/initdb/,
  })
  const { stop } = await start(dataDir)
  await writeFile(join(dataDir, 'postgres-password'), 'another password, of thirty-two characters or more')
  await t.rejects(start(dataDir), { message: /does not accept the password in .*postgres-password/ })
  await stop()
})
