/**
 * `npm run test:mutants [-- WORD]`: proves that the tests can fail. Each break listed in a test folder's mutants.ts is
 * made in a copy of the project, where the test it names must then fail. With a word, only breaks that mention it.
 */
import { spawn } from 'node:child_process'
import { cp, glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startCluster } from '../test/setup/cluster.ts'
import type { Mutant } from '../test/setup/mutant.ts'

const word = process.argv[2] ?? ''
const root = resolve(import.meta.dirname, '..')
const copy = await mkdtemp(join(tmpdir(), 'countersign-mutants-'))

async function findMutants(): Promise<Mutant[]> {
  const lists: Mutant[] = []
  for await (const file of glob('test/**/mutants.ts', { cwd: root })) {
    const { mutants } = (await import(join(root, file))) as { mutants: readonly Mutant[] }
    lists.push(...mutants)
  }
  return lists.filter((mutant) => JSON.stringify(mutant).includes(word))
}

/** Runs a test file in the copy. */
async function passes(test: string): Promise<boolean> {
  const child = spawn(process.execPath, [test], { cwd: copy, stdio: 'ignore', env: { ...process.env, TAP_BAIL: '1' } })
  return (await new Promise<number | null>((done) => child.once('close', done))) === 0
}

async function survives({ file, find, replace, test }: Mutant): Promise<boolean> {
  const path = join(copy, file)
  const original = await readFile(path, 'utf8')
  if (original.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`)
  await writeFile(
    path,
    original.replace(find, () => replace),
  )
  try {
    return await passes(test)
  } finally {
    await writeFile(path, original)
  }
}

let noticed = 0
const survivors: string[] = []
try {
  for (const part of ['src', 'test', 'prisma', 'package.json'])
    await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  await startCluster(process.pid)
  const mutants = await findMutants()
  for (const test of new Set(mutants.map((mutant) => mutant.test))) {
    if (!(await passes(test))) throw new Error(`${test} fails on the code as it is`)
  }
  for (const mutant of mutants) {
    const survived = await survives(mutant)
    console.log(`${survived ? 'NOT NOTICED' : 'noticed'}  ${mutant.name}  (${mutant.file}, ${mutant.test})`)
    if (survived) survivors.push(mutant.name)
    else noticed++
  }
} finally {
  await rm(copy, { recursive: true, force: true })
}
console.log(`${noticed} passed, ${survivors.length} failed`)
process.exitCode = survivors.length > 0 || noticed === 0 ? 1 : 0
