/**
 * `npm run test:mutants [-- WORD …]`: proves that the tests can fail. Each break listed in a test folder's mutants.ts is
 * made in a copy of the project, where the test it names must then fail. With words, only breaks that mention one.
 */
import { spawn } from 'node:child_process'
import { cp, glob, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startCluster } from '../test/setup/cluster.ts'
import type { Mutant } from '../test/setup/mutant.ts'

const words = process.argv.slice(2)
const root = resolve(import.meta.dirname, '..')
// A break may make a test wait for what never comes.
const giveUpSeconds = 90

async function findMutants(): Promise<Mutant[]> {
  const found: Mutant[] = []
  for await (const file of glob('test/**/mutants.ts', { cwd: root })) {
    const { mutants } = (await import(join(root, file))) as { mutants: readonly Mutant[] }
    found.push(...mutants)
  }
  const text = (mutant: Mutant) => JSON.stringify(mutant)
  return found.filter((mutant) => words.length === 0 || words.some((word) => text(mutant).includes(word)))
}

async function copyProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'countersign-mutants-'))
  for (const part of ['src', 'test', 'docs', 'examples', 'scripts', 'prisma', 'package.json', 'openapi.yaml']) {
    await cp(join(root, part), join(copy, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Runs a test file in a copy, up to its first failure. */
async function passes(copy: string, test: string): Promise<boolean> {
  const env = { ...process.env, TAP_BAIL: '1', KILL_ROUNDS: '5' }
  const child = spawn(process.execPath, [test], { cwd: copy, stdio: 'ignore', env, timeout: giveUpSeconds * 1000 })
  return (await new Promise<number | null>((done) => child.once('close', done))) === 0
}

async function survives(copy: string, { file, find, replace, test }: Mutant): Promise<boolean> {
  const path = join(copy, file)
  const original = await readFile(path, 'utf8')
  if (original.split(find).length !== 2) throw new Error(`${file} does not hold exactly once: ${find}`)
  await writeFile(
    path,
    original.replace(find, () => replace),
  )
  try {
    return await passes(copy, test)
  } finally {
    await writeFile(path, original)
  }
}

/** Works through the queue, each worker in a copy of its own. */
async function inCopies<T>(queue: T[], work: (copy: string, item: T) => Promise<void>): Promise<void> {
  const worker = async () => {
    const copy = await copyProject()
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(copy, item)
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

const mutants = await findMutants()
const survivors: string[] = []
await startCluster(process.pid)
await inCopies([...new Set(mutants.map(({ test }) => test))], async (copy, test) => {
  if (!(await passes(copy, test))) throw new Error(`${test} fails on the code as it is`)
})
await inCopies([...mutants], async (copy, mutant) => {
  const survived = await survives(copy, mutant)
  console.log(`${survived ? 'NOT NOTICED' : 'noticed'}  ${mutant.name}  (${mutant.file}, ${mutant.test})`)
  if (survived) survivors.push(mutant.name)
})
console.log(`${mutants.length - survivors.length} passed, ${survivors.length} failed`)
process.exitCode = survivors.length > 0 || mutants.length === 0 ? 1 : 0
