/**
 * Lowers the priority of the threads that hash passwords. The thread that answers requests goes first, because two hundred tokens are
 * verified in the time of one hash.
 */
import { randomFill } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { getPriority, setPriority } from 'node:os'
import { promisify } from 'node:util'

const niceness = 10
const least = 19
const tasks = '/proc/self/task'

/** Works on Linux, which schedules single threads. Elsewhere it does nothing. Call it once: all threads of the pool start together. */
export async function yieldThreadPool(): Promise<void> {
  if (process.platform !== 'linux') return
  await promisify(randomFill)(new Uint8Array(1))
  for (const id of await readdir(tasks)) {
    const name = await readFile(`${tasks}/${id}/comm`, 'utf8')
    if (name.trim() === 'libuv-worker') setPriority(Number(id), Math.min(least, getPriority() + niceness))
  }
}
