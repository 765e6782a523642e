/** A streaming replica, made with Debian's programs, because the npm package has no pg_basebackup. */
import { execFile } from 'node:child_process'
import { access, glob } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { type OwnPostgres, startPostgres } from './own-postgres.ts'

const run = promisify(execFile)

/** The directory with all programs of the newest Postgres on this machine. Throws an error that says what to install if there is none. */
export async function findDebianPostgres(): Promise<string> {
  const found = await Array.fromAsync(glob('/usr/lib/postgresql/*/bin/pg_basebackup'))
  const [newest] = found.map((path) => join(path, '..')).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  if (newest === undefined) throw new Error('There is no pg_basebackup here: `apt-get install postgresql`.')
  await access(join(newest, 'postgres'))
  return newest
}

// Postgres does not run as root, and cannot read files of root.
const prefix = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : []

/** Starts a replica of `primary` that follows it through this address, under this name. */
export function startStandby(
  t: Pick<Test, 'teardown'>,
  { binDir, primaryUrl, name }: { binDir: string; primaryUrl: string; name: string },
): Promise<OwnPostgres> {
  const { port, username, password } = new URL(primaryUrl)
  const parts = { host: '127.0.0.1', port, user: username, password, sslmode: 'disable', gssencmode: 'disable' }
  const address = Object.entries({ ...parts, application_name: name }).map(([key, value]) => `${key}=${value}`)
  return startPostgres(t, {
    binDir,
    async fill(dir) {
      const args = ['-D', dir, '-R', '-X', 'stream', '-c', 'fast', '--no-sync', '-d', address.join(' ')]
      const [program = '', ...rest] = [...prefix, join(binDir, 'pg_basebackup'), ...args]
      await run(program, rest, { env: { LC_ALL: 'C' } })
    },
  })
}
