/** PgBouncer in front of a Postgres, with the settings of the guide to deploying. TEST_PGBOUNCER is the path of another one than Debian's. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'
import { type OwnPostgres, ownPassword } from './own-postgres.ts'
import { section } from './page-commands.ts'

const program = process.env['TEST_PGBOUNCER'] ?? '/usr/sbin/pgbouncer'

/** The version, such as 1.18. Rejects with what to install if there is no PgBouncer. */
export async function pgBouncerVersion(): Promise<number> {
  const { stdout } = await promisify(execFile)(program, ['--version']).catch(() => {
    throw new Error(`There is no ${program}: \`apt-get install pgbouncer\`.`)
  })
  return Number(/PgBouncer (\d+\.\d+)/.exec(stdout)?.[1])
}

async function iniOfGuide(): Promise<string> {
  const text = section(await readFile('docs/guides/deploying.md', 'utf8'), 'PgBouncer')
  return /```ini\n([^]*?)```/.exec(text)?.[1] ?? ''
}

function replaced(text: string, pairs: readonly (readonly [find: string, put: string])[]): string {
  for (const [find] of pairs) if (text.split(find).length !== 2) throw new Error(`the guide must say once: ${find}`)
  return pairs.reduce((now, [find, put]) => now.replace(find, put), text)
}

async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** Starts a PgBouncer that runs until the test ends, with few connections to Postgres. `lines` are added to its settings. */
export async function startPgBouncer(t: Pick<Test, 'teardown'>, postgres: OwnPostgres, lines: readonly string[] = []) {
  const directory = await mkdtemp(join(tmpdir(), 'pgbouncer-'))
  const port = await freePort()
  const [ini, users] = [join(directory, 'pgbouncer.ini'), join(directory, 'userlist.txt')]
  const settings = replaced(await iniOfGuide(), [
    ['port=5432', `port=${postgres.port}`],
    ['dbname=countersign', 'dbname=postgres'],
    ['listen_port = 6432', `listen_port = ${port}`],
    ['/etc/pgbouncer/userlist.txt', users],
    ['default_pool_size = 20', 'default_pool_size = 4'],
  ])
  await writeFile(users, `"postgres" "${ownPassword}"\n`)
  await writeFile(ini, [settings, 'unix_socket_dir =', ...lines, ''].join('\n'))
  await Promise.all([chmod(directory, 0o755), chmod(users, 0o644)])
  const url = `postgresql://postgres:${ownPassword}@127.0.0.1:${port}/countersign?sslmode=disable`
  let child: ChildProcess | undefined
  let exited: Promise<unknown> = Promise.resolve()
  let complaint = ''

  async function start(): Promise<void> {
    // PgBouncer refuses to run as root.
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
    child = spawn(program, [...user, ini], { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr?.setEncoding('utf8').on('data', (text) => (complaint += text))
    exited = new Promise((resolve) => child?.once('close', resolve))
    while (!(await accepts(url))) {
      if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${complaint}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  async function kill(): Promise<void> {
    child?.kill('SIGKILL')
    await exited
  }
  t.teardown(async () => {
    await kill()
    await rm(directory, { recursive: true, force: true })
  })
  await start()
  return { url, start, kill }
}
