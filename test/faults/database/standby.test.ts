/** A start that meets a standby waits for it to become the primary. */
import t from 'tap'
import { holds } from '../../packages/verify/service.ts'
import { register } from '../../setup/client.ts'
import { freePort } from '../../setup/free-port.ts'
import { startPostgres } from '../../setup/own-postgres.ts'
import { launch, startServer, testSettings } from '../../setup/server-process.ts'
import { findDebianPostgres, startStandby } from '../../setup/standby.ts'

const binDir = await findDebianPostgres()
const primary = await startPostgres(t, { binDir, settings: { wal_level: 'replica' } })
const first = await startServer({ DATABASE_URL: primary.url })
first.child.kill('SIGTERM')
await first.exited
const standby = await startStandby(t, { binDir, primaryUrl: primary.url, name: 'standby' })

t.test('a server at a standby says so, waits, and starts after the promotion', async (t) => {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const { child, exited, output } = launch({
    ...testSettings,
    DATABASE_URL: standby.url,
    PORT: String(port),
    PUBLIC_URL: baseUrl,
  })
  t.ok(await holds(() => output().includes('Postgres is a standby')), 'the log says it')
  t.equal(child.exitCode, null, 'it waits')
  await standby.run('SELECT pg_promote()')
  const ready = () =>
    fetch(`${baseUrl}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  t.ok(await holds(ready), 'the standby is the primary now')
  t.ok((await register(baseUrl)).access_token)
  child.kill('SIGTERM')
  t.equal(await exited, 0)
})
