/** Secrets of this machine: made by whichever process needs one first, and the same for every process after. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the directory where it is missing, for its owner's eyes only, and answers with its real path. */
export async function privateDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  // a sticky directory, such as /tmp, is everybody's: what we put into it is private all the same
  if (((await stat(path)).mode & 0o1000) === 0) await chmod(path, 0o700)
  return realpath(path)
}

/**
 * The secret in a file of mode 0600, 256 random bits in base64url when it is new. Written aside and linked into place,
 * so that no process ever reads half a secret, and all read the same one.
 */
export async function generatedOnce(path: string): Promise<string> {
  const existing = await readFile(path, 'utf8').catch(() => undefined)
  if (existing !== undefined) return existing
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return readFile(path, 'utf8')
}

/** The server's secrets, newest first: those of the settings, or the one that this machine keeps beside its data. */
export async function serverSecrets(config: { secrets?: readonly string[] | undefined; dataDir: string }) {
  return config.secrets ?? [await generatedOnce(join(await privateDirectory(config.dataDir), 'secret'))]
}
