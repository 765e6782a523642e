/** Reads the lock file of Postgres, `postmaster.pid`. It never writes the file: only Postgres decides who serves a directory. */
import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../error-code.ts'

/** The state of a data directory by its lock file. `deadPid` is the process number in a lock file whose process has ended. */
export type Sighting =
  | { readonly state: 'absent'; readonly deadPid?: number }
  | { readonly state: 'busy' }
  | { readonly state: 'ready'; readonly port: number }

/** The state of the server of a directory. */
export async function sightServer(dir: string): Promise<Sighting> {
  const lines = await readLock(dir)
  if (!lines) return { state: 'absent' }
  const [pid, port, state] = [Number(lines[0]), Number(lines[3]), lines[7]]
  if (!pid) return { state: 'busy' } // Postgres is writing the file.
  if (!(await serves(pid, dir))) return { state: 'absent', deadPid: pid }
  return state === 'ready' ? { state, port } : { state: 'busy' }
}

/** The process number in the lock file, whether that process still runs or not. */
export async function lockHolder(dir: string): Promise<number | undefined> {
  const lines = await readLock(dir)
  return lines && Number(lines[0])
}

/**
 * Whether the process with this number serves the directory. After a reboot, or in a restarted container, the number in an
 * old lock file may belong to another program.
 */
export async function serves(pid: number, dir: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    // The working directory of a server is its data directory, even before it takes the lock.
    return readlink(`/proc/${pid}/cwd`).then(
      (cwd) => cwd === dir,
      (error: unknown) => errorCode(error) !== 'ENOENT',
    )
  }
  if (process.platform === 'darwin') {
    return promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).then(
      ({ stdout }) => stdout.includes(dir),
      () => false,
    )
  }
  return true
}

/** Whether any process has this number. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

async function readLock(dir: string): Promise<string[] | undefined> {
  const text = await readFile(join(dir, 'postmaster.pid'), 'utf8').catch(() => undefined)
  return text?.split('\n').map((line) => line.trim())
}
