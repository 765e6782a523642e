/** Tokens of a command-line program or a desktop app in Node. */
import { mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenStorage } from './token-storage.ts'

// A process that was killed leaves its lock behind. No write takes this long.
const abandonedAfterMs = 10_000

/**
 * Keeps texts in one file that only its owner may read. A write reaches the disk before it counts: a new file is flushed, renamed, and the
 * folder is flushed too. Several processes may share the file. Rejects with the errors of the file system, and if the file is not ours.
 */
export function fileStorage(path: string): TokenStorage {
  async function readAll(): Promise<Record<string, string>> {
    try {
      return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return {}
      throw error
    }
  }

  return {
    isShared: true,
    read: async (key) => (await readAll())[key] ?? null,
    async replace(key, expected, next) {
      await mkdir(dirname(path), { recursive: true })
      return alone(`${path}.lock`, async () => {
        const { [key]: present = null, ...others } = await readAll()
        if (present !== expected) return false
        await writeSafely(path, JSON.stringify(next === null ? others : { ...others, [key]: next }))
        return true
      })
    },
  }
}

async function writeSafely(path: string, text: string): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  if (process.platform === 'win32') return // Windows cannot flush a folder.
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Runs the work while no other process does. `mkdir` succeeds for one process only. */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!(await isMade(lock))) {
    const made = await stat(lock).catch(() => undefined)
    if (made && Math.abs(Date.now() - made.mtimeMs) > abandonedAfterMs) await rmdir(lock).catch(() => {})
    else await sleep(20)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false
    throw error
  }
}
