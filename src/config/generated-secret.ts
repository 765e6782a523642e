/** The secret of this machine. The first process that needs it generates it, and every later process reads it. */
import { randomBytes } from 'node:crypto'
import { access, chmod, constants, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from './start-error.ts'

/** Throws a StartError that names DATA_DIR if the system refuses to write there. */
function explainRefusal(path: string, error: unknown): never {
  const { code = '' } = error as NodeJS.ErrnoException
  if (!['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'ENOTDIR', 'ENOSPC'].includes(code)) throw error
  throw new StartError(
    `DATA_DIR is ${path}, and this user cannot keep files there (${code}). Make it a directory that belongs to this user, or ` +
      'set DATA_DIR to one. With DATABASE_URL and COUNTERSIGN_SECRET, the server needs none.',
    { cause: error },
  )
}

/**
 * Makes the directory if it is missing, readable for its owner only, and returns its real path. Throws a StartError that names DATA_DIR if
 * this user cannot write there.
 */
export async function privateDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    // A sticky directory such as /tmp belongs to all users. The files in it are private all the same.
    if (((await stat(path)).mode & 0o1000) === 0) await chmod(path, 0o700)
    await access(path, constants.W_OK | constants.X_OK)
    return await realpath(path)
  } catch (error) {
    return explainRefusal(path, error)
  }
}

// The same bound as for a secret in the settings.
const shortestSecret = 32

/** The secret that was read from this file. Throws a StartError if it is too short: anybody could guess it, and forge tokens with it. */
function requireSecret(path: string, secret: string): string {
  if (secret.trim().length >= shortestSecret) return secret
  const state = secret.trim() === '' ? 'is empty' : `holds less than ${shortestSecret} characters`
  throw new StartError(
    `${path} ${state}, and must hold the secret that the server generated. Restore it from a backup. If it is lost, and nothing ` +
      'in the data directory is needed, delete the whole directory.',
  )
}

/**
 * The secret in a file of mode 0600. Throws a StartError if the file is there and holds less than 32 characters. A new secret has 256
 * random bits, in base64url. It is written to another file and linked into place, so that no process reads half a secret, and all processes
 * read the same one.
 */
export async function generatedOnce(path: string): Promise<string> {
  const existing = await readIfThere(path)
  if (existing !== undefined) return requireSecret(path, existing)
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx', flush: true })
  try {
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return requireSecret(path, await readFile(path, 'utf8'))
}

/** Any fault other than a missing file stops the start: a new secret in its place would make all stored data unreadable. */
async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new StartError(`${path} cannot be read (${code}). Give this user the right to read it.`, { cause: error })
  }
}

type Source = { secrets?: readonly string[] | undefined; dataDir: string }

/** The same as `serverSecrets`, for commands: throws a StartError if no server has generated a secret yet, and generates none. */
export async function existingSecrets({ secrets, dataDir }: Source): Promise<readonly string[]> {
  if (secrets) return secrets
  const path = join(dataDir, 'secret')
  const secret = await readIfThere(path)
  if (secret !== undefined) return [requireSecret(path, secret)]
  throw new StartError(
    `COUNTERSIGN_SECRET is unset, and there is no ${path}. Start the server once, which generates it, or set the variable.`,
  )
}

/** The server's secrets, newest first: those of the settings, or the generated one in the data directory. */
export async function serverSecrets(config: Source): Promise<readonly string[]> {
  return config.secrets ?? [await generatedOnce(join(await privateDirectory(config.dataDir), 'secret'))]
}
