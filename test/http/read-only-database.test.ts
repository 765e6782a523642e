/** A node whose database only reads, as a standby does after a failover, gets no traffic. */
import t from 'tap'
import { holds } from '../packages/verify/service.ts'
import { call } from '../setup/client.ts'
import { connect, execute } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'

t.test('a node is not ready while its database only reads, and ready again afterwards', async (t) => {
  const node = await startNode(t)
  const name = new URL(node.databaseUrl).pathname.slice(1)
  const other = Object.assign(new URL(node.databaseUrl), { pathname: 'postgres' }).href
  const admin = connect(other)
  t.teardown(() => admin.close())
  const becomes = async (setting: string) => {
    await execute(other, `ALTER DATABASE ${name} SET default_transaction_read_only = ${setting}`)
    await admin.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
  }
  const ready = async () => (await call(`${node.baseUrl}/readyz`)).status
  t.ok(await holds(async () => (await ready()) === 200))
  await becomes('on')
  t.ok(await holds(async () => (await ready()) === 503), 'the database answers, and writes fail')
  const { reasons } = await node.app.readiness.check()
  t.match(
    reasons.find(({ reason }) => reason === 'database'),
    { text: /only reads/ },
  )
  await becomes('off')
  t.ok(await holds(async () => (await ready()) === 200))
})
