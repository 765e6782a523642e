/** The secret of this machine. The first process that needs it generates it, and every later process reads it. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the directory if it is missing, readable for its owner only, and returns its real path. */
export async function privateDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  // A sticky directory such as /tmp belongs to all users. The files in it are private all the same.
  if (((await stat(path)).mode & 0o1000) === 0) await chmod(path, 0o700)
  return realpath(path)
}

/**
 * The secret in a file of mode 0600. A new secret has 256 random bits, in base64url. It is written to another file and linked into
 * place, so that no process reads half a secret, and all processes read the same one.
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

/** The server's secrets, newest first: those of the settings, or the generated one in the data directory. */
export async function serverSecrets(config: {
  secrets?: readonly string[] | undefined
  dataDir: string
}): Promise<readonly string[]> {
  return config.secrets ?? [await generatedOnce(join(await privateDirectory(config.dataDir), 'secret'))]
}
