/** `countersign check` as a process: it names every problem at once, and changes nothing. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createDatabase } from '../../setup/database.ts'
import { launch, startServer } from '../../setup/server-process.ts'

const home = await mkdtemp(join(tmpdir(), 'countersign-check-'))
t.teardown(() => rm(home, { recursive: true, force: true, maxRetries: 5 }))

/** Runs the check, and returns the exit code and its output. */
async function check(env: Record<string, string>, ...args: string[]) {
  const { exited, output } = launch({ DATA_DIR: join(home, 'none'), ...env }, 'src/main.ts', 'check', ...args)
  return { code: await exited, output: output() }
}

t.test('mistakes in settings and a database without tables are named together', async (t) => {
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  const wrong = { DATABASE_URL: url, PORT: 'many', BCRYPT_COST: '1' }
  const { code, output } = await check(wrong)
  t.equal(code, 1)
  t.match(
    output,
    /^Put these right:\n {2}settings: PORT must [^]*settings: BCRYPT_COST must [^]*database: The tables of /m,
  )
  const json = await check(wrong, '--json')
  t.equal(json.code, 1)
  const { ok, problems } = JSON.parse(json.output.slice(json.output.indexOf('{\n'))) as Record<
    string,
    { about: string }[]
  >
  t.equal(ok, false)
  t.same(problems?.map(({ about }) => about).toSorted(), ['database', 'settings', 'settings'])
  t.match((await check(wrong)).output, /migrations are missing, from \d+_init on/, 'the check has applied none')
})

t.test('a sound database passes', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const { code, output } = await check({ DATABASE_URL: url })
  t.equal(code, 0)
  t.match(output, /^The settings and the database are as they should be\.$/m)
})

t.test(
  'before the first start the check passes and makes nothing; later it looks at the embedded database',
  async (t) => {
    const env = { DATA_DIR: join(home, 'data') }
    const before = await check(env)
    t.match(before, { code: 0, output: /database: There is none yet\. The first start of the server makes it\./ })
    t.same(await readdir(home), [])
    const server = await startServer({ ...env, COUNTERSIGN_SECRET: '' })
    server.child.kill('SIGTERM')
    t.equal(await server.exited, 0)
    const after = await check(env)
    t.equal(after.code, 0)
    t.notMatch(after.output, /There is none yet/)
    t.notOk((await readdir(join(home, 'data', 'postgres'))).includes('postmaster.pid'), 'Postgres is stopped again')
  },
)
