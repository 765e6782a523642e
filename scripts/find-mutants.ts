/** Reads the lists of deliberate breaks (every `mutants.ts` of a test folder) and finds the entries that no longer fit the code. */
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mutant } from '../test/setup/mutant.ts'

/** An entry that does not fit the code, with the reason. */
export type StaleMutant = { readonly mutant: Mutant; readonly reason: string }

/** All breaks of the project in `root`. With words, only those that mention one of them. */
export async function findMutants(root: string, words: readonly string[] = []): Promise<Mutant[]> {
  const found: Mutant[] = []
  for (const file of (
    await Array.fromAsync(glob('test/**/mutants.ts', { cwd: root, exclude: ['**/node_modules/**'] }))
  ).toSorted()) {
    const { mutants } = (await import(join(root, file))) as { mutants: readonly Mutant[] }
    found.push(...mutants)
  }
  const text = (mutant: Mutant) => JSON.stringify(mutant)
  return found.filter((mutant) => words.length === 0 || words.some((word) => text(mutant).includes(word)))
}

/** The entries with a missing file or test, or with a text that does not occur exactly once in the file. */
export async function findStaleMutants(root: string, mutants: readonly Mutant[]): Promise<StaleMutant[]> {
  const texts = new Map<string, Promise<string | undefined>>()
  const read = (path: string): Promise<string | undefined> => {
    const known = texts.get(path) ?? readFile(join(root, path), 'utf8').catch(() => undefined)
    texts.set(path, known)
    return known
  }
  const stale: StaleMutant[] = []
  for (const mutant of mutants) {
    const reason = whyStale(mutant, await read(mutant.file), await read(mutant.test))
    if (reason !== undefined) stale.push({ mutant, reason })
  }
  return stale
}

function whyStale(
  { file, find, replace, test }: Mutant,
  code: string | undefined,
  testCode: string | undefined,
): string | undefined {
  if (code === undefined) return `there is no file ${file}`
  if (testCode === undefined) return `there is no test ${test}`
  const times = code.split(find).length - 1
  if (times !== 1) return `${file} holds this ${times} times instead of once: ${find}`
  return replace === find ? 'the replacement changes nothing' : undefined
}
