/** Reads Postgres' own lock file, `postmaster.pid`, and never writes it: that file alone decides who serves a directory. */
import { execFile } from 'node:child_process'
import { readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode } from '../error-code.ts'

/** What the lock file says of a data directory. `deadPid` is the number in a lock file that nobody holds any more. */
export type Sighting =
  | { readonly state: 'absent'; readonly deadPid?: number }
  | { readonly state: 'busy' }
  | { readonly state: 'ready'; readonly port: number }

/** How far along the server of a directory is, if there is one. */
export async function sightServer(dir: string): Promise<Sighting> {
  const lines = await readLock(dir)
  if (!lines) return { state: 'absent' }
  const [pid, port, state] = [Number(lines[0]), Number(lines[3]), lines[7]]
  if (!pid) return { state: 'busy' } // being written
  if (!(await serves(pid, dir))) return { state: 'absent', deadPid: pid }
  return state === 'ready' ? { state, port } : { state: 'busy' }
}

/** The process number in the lock file, whether or not anybody has it still. */
export async function lockHolder(dir: string): Promise<number | undefined> {
  const lines = await readLock(dir)
  return lines && Number(lines[0])
}

/**
 * Whether the process of this number serves the directory. After a reboot, or in a restarted container, the number in
 * an old lock file may well belong to somebody else.
 */
export async function serves(pid: number, dir: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    // a server's working directory is its data directory, before it even takes the lock
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

/** Whether there is a process of this number, whoever it is now. */
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
