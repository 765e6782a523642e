/**
 * `npm run test:mutants [-- WORD …]` proves that the tests can fail. Each `mutants.ts` of a test folder lists deliberate
 * breaks of the code. A break is made in a copy of the project, and the test that its entry names must then fail. With words,
 * only the breaks that mention one of them are made. `--check` runs no test: it finds entries that no longer fit the code.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startCluster } from '../test/setup/cluster.ts'
import type { Mutant } from '../test/setup/mutant.ts'
import { findMutants, findStaleMutants } from './find-mutants.ts'
import { startTest } from './start-test.ts'

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true })
const root = resolve(import.meta.dirname, '..')
// A break may make a test wait for ever.
const giveUpSeconds = 90

// The files that the server and its tests read.
const parts =
  'src packages test deploy docs examples scripts prisma package.json openapi.yaml Dockerfile README.md CONTRIBUTING.md'.split(
    ' ',
  )

async function copyProject(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'countersign-mutants-'))
  for (const part of parts) {
    await cp(join(root, part), join(copy, part), {
      recursive: true,
      filter: (path) => basename(path) !== 'node_modules',
    })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Runs a test file in a copy, up to its first failure. */
async function passes(copy: string, test: string): Promise<boolean> {
  const child = startTest(test, {
    directory: copy,
    env: { TAP_BAIL: '1', KILL_ROUNDS: '5' },
    stdio: 'ignore',
    timeoutSeconds: giveUpSeconds,
  })
  const timer = setTimeout(() => child.kill(), giveUpSeconds * 1000)
  const end = await new Promise<number | null>((done) => child.once('close', done))
  clearTimeout(timer)
  return end === 0
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

function report(failed: number, total: number): void {
  console.log(`${total - failed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || total === 0 ? 1 : 0
}

async function check(mutants: readonly Mutant[]): Promise<void> {
  const stale = await findStaleMutants(root, mutants)
  for (const { mutant, reason } of stale) console.log(`STALE  ${mutant.name}: ${reason}`)
  report(stale.length, mutants.length)
}

async function tryAll(mutants: readonly Mutant[]): Promise<void> {
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
  report(survivors.length, mutants.length)
}

const mutants = await findMutants(root, positionals)
await (values.check ? check(mutants) : tryAll(mutants))
