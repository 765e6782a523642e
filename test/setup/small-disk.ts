/**
 * A Postgres with a small disk that a test can fill. Its data and its write-ahead log are on a file system in memory. Like
 * systemd, a supervisor starts the server again whenever it ends.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Test } from 'tap'
import { createDataDir } from './database.ts'
import { freePort } from './free-port.ts'
import { ownPassword, runStatements } from './own-postgres.ts'
import { findDebianPostgres } from './standby.ts'

// Namespaces allow mounting without root, and unmount by themselves when the last process ends. Postgres must not be root, so
// the second namespace gives the same user another number.
const supervise = `
mount -t tmpfs -o "size=$SIZE" tmpfs "$DISK" || exit 1
not_root() { exec unshare --user --map-user=1000 --map-group=1000 "$@"; }
(not_root "$BIN/initdb" -D "$DISK/data" -U postgres --pwfile="$PWFILE" --auth=scram-sha-256 --encoding=UTF8 --wal-segsize=1 -N) || exit 1
while [ -d "/proc/$TEST" ]; do
  if [ -z "$pid" ] || ! [ -d "/proc/$pid" ]; then
    (not_root "$BIN/postgres" -D "$DISK/data" -c port="$PORT" -c listen_addresses=127.0.0.1 \\
      -c unix_socket_directories= -c min_wal_size=2MB -c max_wal_size=8MB) &
    pid=$!
    echo started
  fi
  sleep 0.2
done
kill -9 "$pid"
`

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await isSo()); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`not within a minute: ${what}`)
  }
}

/** Starts the server, which runs until the test ends. */
export async function startOnSmallDisk(t: Pick<Test, 'teardown'>, megabytes: number) {
  const bin = await findDebianPostgres()
  const disk = await createDataDir()
  const pwFile = join(await createDataDir(), 'password')
  await writeFile(pwFile, ownPassword, { mode: 0o600 })
  const port = await freePort()
  const url = `postgresql://postgres:${ownPassword}@127.0.0.1:${port}/postgres?sslmode=disable`
  const logFile = `${pwFile}.log`
  await using log = await open(logFile, 'a', 0o600)
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TEST: String(process.pid), SIZE: `${megabytes}m` }
  const names = ['--user', '--map-root-user', '--mount', 'sh', '-c', supervise]
  const supervisor = spawn('unshare', names, {
    env: { ...env, DISK: disk, BIN: bin, PWFILE: pwFile, PORT: String(port) },
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  })
  const { pid = 0 } = supervisor
  const ended = once(supervisor, 'exit')
  t.teardown(async () => {
    process.kill(-pid, 'SIGKILL')
    await ended
  })
  const answers = async () => {
    if (supervisor.exitCode !== null) throw new Error(`no Postgres on a small disk: ${await readFile(logFile, 'utf8')}`)
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
    client.on('error', () => {})
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    )
  }
  await until('it takes connections', answers)
  // The file system is visible only in the namespace of the server, so the path goes through one of its processes.
  const ballast = `/proc/${pid}/root${disk}/ballast`

  /** Writes until the disk is full. Returns the number of bytes. */
  async function fill(file: FileHandle): Promise<number> {
    let written = 0
    for (let size = 1 << 20; size >= 4096; ) {
      const { bytesWritten } = await file.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }))
      written += bytesWritten
      if (bytesWritten < size) size /= 2
    }
    return written
  }

  return {
    url,
    async fill(): Promise<number> {
      await using file = await open(ballast, 'a')
      return await fill(file)
    },
    free: () => rm(ballast),
    run: (...statements: string[]) => runStatements(url, statements),
    /** How often Postgres has ended and was restarted. */
    async restarts(): Promise<number> {
      return (await readFile(logFile, 'utf8')).split('\n').filter((line) => line === 'started').length - 1
    },
    log: () => readFile(logFile, 'utf8'),
  }
}
