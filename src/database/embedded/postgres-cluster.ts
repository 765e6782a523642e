/**
 * A data directory of Postgres. It is created completely or not at all, and never used by two servers, because only the lock
 * file of Postgres decides which server uses it.
 */
import { once } from 'node:events'
import { access, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../../config/start-error.ts'
import { freePort } from './free-port.ts'
import { isAlive, lockHolder, serves, sightServer } from './postgres-lock.ts'
import { type PostgresPrograms, withHint } from './postgres-programs.ts'

const LOG_LIMIT_BYTES = 1_000_000
const STOPPED_WITHIN_SECONDS = 60

/** Makes the data directory if it is missing. Of several processes at once, one makes it and the others use it. */
export async function createCluster(
  programs: PostgresPrograms,
  options: { dir: string; passwordFile: string; sync: boolean },
): Promise<void> {
  const { dir, passwordFile, sync } = options
  await removeAbandoned(dir)
  if (await exists(join(dir, 'PG_VERSION'))) return
  const draft = `${dir}.init-${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    const [major] = /\d+/.exec(await programs.run('initdb', ['--version'])) ?? []
    await programs.run('initdb', [
      `--pgdata=${draft}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The builtin provider has the same rules on every platform. Older versions take them from the system.
      ...(Number(major) >= 17
        ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
        : ['--locale=C.UTF-8']),
      ...(sync ? [] : ['--no-sync']),
    ])
    await rename(draft, dir)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!(await exists(join(dir, 'PG_VERSION')))) throw error
  }
}

/**
 * Starts a server and waits until it accepts connections. Returns `undefined` then, or the end of its log if it failed for a
 * temporary reason, such as a lock or a port that another process has. Throws a StartError for any other reason.
 */
export async function startServer(
  programs: PostgresPrograms,
  options: { dir: string; logFile: string; settings: Readonly<Record<string, string>>; deadPid?: number | undefined },
  deadline: number,
): Promise<string | undefined> {
  const { dir, logFile, deadPid } = options
  const settings = {
    ...options.settings,
    port: String(await freePort()),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // The path of a socket may have about 100 characters at most.
  }
  const tooLong = await stat(logFile).then(
    ({ size }) => size > LOG_LIMIT_BYTES,
    () => false,
  )
  const log = await open(logFile, 'a+', 0o600)
  if (tooLong) await log.truncate()
  const { size: logged } = await log.stat()
  const args = ['-D', dir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
  const child = programs.launch(args, log.fd, deadPid)
  const end = once(child, 'exit').then(
    ([code, signal]) => `postgres ended with ${String(signal ?? code)}`,
    (error: unknown) => String(error),
  )
  try {
    while (Date.now() < deadline) {
      const ended = await Promise.race([end, sleep(10)])
      if (ended) return passing(dir, `${ended}\n${(await readFile(logFile)).subarray(logged).toString().trim()}`)
      if ((await sightServer(dir)).state === 'ready') return undefined
    }
    return 'it is still starting'
  } finally {
    child.unref()
    await log.close()
  }
}

function passing(dir: string, reason: string): string {
  if (/lock file|still in use|could not bind|any TCP\/IP sockets/.test(reason)) return reason
  throw new StartError(withHint(`Postgres does not start in ${dir}: ${reason.slice(0, 4000)}`))
}

/** Stops the server: open transactions roll back, clients are disconnected, data is written. It is no error if none runs. */
export async function stopServer(programs: PostgresPrograms, dir: string): Promise<void> {
  const pid = await lockHolder(dir)
  if (!pid || !(await serves(pid, dir))) return
  try {
    // With -w, pg_ctl could mistake a server that another process starts next for the one it waits for.
    await programs.run('pg_ctl', ['stop', '-D', dir, '-m', 'fast', '-W'])
  } catch (error) {
    if (await serves(pid, dir)) throw error
  }
  for (const deadline = Date.now() + STOPPED_WITHIN_SECONDS * 1000; await serves(pid, dir); await sleep(10)) {
    if (Date.now() > deadline)
      throw new StartError(`Postgres in ${dir} has not stopped after ${STOPPED_WITHIN_SECONDS} s`)
  }
}

// A process that was killed during `initdb` leaves its draft behind.
async function removeAbandoned(dir: string): Promise<void> {
  for (const name of await readdir(dirname(dir))) {
    const [, base, pid] = /^(.*)\.init-(\d+)-\w+$/.exec(name) ?? []
    if (base !== basename(dir) || isAlive(Number(pid))) continue
    await rm(join(dirname(dir), name), { recursive: true, force: true })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
