/** The newest version of the source that lacks the last migration, from the history of git. */
import { execFile } from 'node:child_process'
import { readdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { createDataDir } from './database.ts'

const run = promisify(execFile)
const git = async (...args: string[]) => (await run('git', args)).stdout.trim()

/** The names of the migrations in a checkout, oldest first. */
export async function migrationsIn(checkout: string): Promise<string[]> {
  const entries = await readdir(join(checkout, 'prisma/migrations'), { withFileTypes: true })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()
}

/** The reason to skip a test of that version, for `skip` of tap: an archive, or a clone with --depth, has no history. */
export const noHistory: string | false = await git('rev-parse', '--is-shallow-repository').then(
  (isShallow) => isShallow === 'true' && 'the history of git is not here: clone the repository without --depth',
  () => 'the history of git is not here: clone the repository',
)

/** A directory with that version, ready to run, which is removed at the end of the run. */
export async function checkOutPrevious(): Promise<{ dir: string; commit: string }> {
  const newest = (await migrationsIn('.')).at(-1)
  const added = await git('log', '--format=%H', '--diff-filter=A', '--', `prisma/migrations/${newest}`)
  const commit = added && (await git('rev-parse', '--short', `${added.split('\n').at(-1)}^`).catch(() => ''))
  if (!commit) throw new Error('No commit lacks the last migration.')
  const dir = join(await createDataDir(), 'previous')
  const archive = 'mkdir "$1" && git archive "$2" | tar --extract --directory "$1"'
  await run('bash', ['-o', 'pipefail', '-euc', archive, 'bash', dir, commit])
  // The packages of today stand in for those of that version, which may not be at hand.
  await symlink(resolve('node_modules'), join(dir, 'node_modules'))
  await run('npx', ['prisma', 'generate', '--config', '.config/prisma.ts'], { cwd: dir })
  return { dir, commit }
}
