/** `countersign migrate` as a process. */
import t from 'tap'
import { createDatabase, execute } from '../../setup/database.ts'
import { launch } from '../../setup/server-process.ts'

const migrate = async (env: Record<string, string>) => {
  const { exited, output } = launch(env, 'src/main.ts', 'migrate')
  return { code: await exited, output: output() }
}

t.test('the command migrates an empty database, and then finds nothing to do', async (t) => {
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  t.match(await migrate({ DATABASE_URL: url }), { code: 0, output: /^Migration \d{14}_init is applied\.$/m })
  await execute(url, 'SELECT FROM audit_events')
  t.match(await migrate({ DATABASE_URL: url }), { code: 0, output: /No migration is missing\.\n$/ })
})

t.test('without DATABASE_URL the command says what it needs', async (t) => {
  const { code, output } = await migrate({})
  t.equal(code, 1)
  t.match(output, /^DATABASE_URL must be set/m)
  t.notMatch(output, /\n +at /, 'without a stack')
})
