/**
 * Password hashes take every core they get. Where they run, on libuv's pool, they give way to the thread that answers
 * requests: what is one hash the later is two hundred verifications the sooner.
 */
import { randomFill } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { getPriority, setPriority } from 'node:os'
import { promisify } from 'node:util'

const niceness = 10
const least = 19
const tasks = '/proc/self/task'

/** Linux schedules threads one by one; elsewhere nothing happens. Call once: threads of the pool all start together. */
export async function yieldThreadPool(): Promise<void> {
  if (process.platform !== 'linux') return
  await promisify(randomFill)(new Uint8Array(1))
  for (const id of await readdir(tasks)) {
    const name = await readFile(`${tasks}/${id}/comm`, 'utf8')
    if (name.trim() === 'libuv-worker') setPriority(Number(id), Math.min(least, getPriority() + niceness))
  }
}
