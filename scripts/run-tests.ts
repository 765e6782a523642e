/** Runs test files in parallel on one Postgres, and reports the results. */
import { startCluster, stopCluster } from '../test/setup/cluster.ts'
import { readTap, type TapFailure } from './read-tap.ts'
import { createOwnProcesses, createSharedProcess, type RunFile } from './test-process.ts'

/** Files that are run together. */
export type TestGroup = {
  readonly files: readonly string[]
  /** How many files run at once. */
  readonly jobs: number
  readonly env?: Readonly<Record<string, string>>
  /** A file that takes longer than this has failed. */
  readonly timeoutSeconds: number
  /** Whether files share processes. It is faster, but a file must leave no trace in its process. */
  readonly sharesProcesses?: boolean
  /** Whether to show the figures that the tests print. */
  readonly showComments?: boolean
}
type FileResult = {
  readonly file: string
  readonly seconds: number
  readonly passed: number
  readonly failures: readonly TapFailure[]
  readonly skipped: readonly string[]
  readonly comments: readonly string[]
}

async function runFile(file: string, process: RunFile): Promise<FileResult> {
  const from = performance.now()
  const { stdout, stderr, end } = await process.run(file)
  const read = readTap(stdout)
  const failures = read.failures.map(({ titles, details }) => ({
    titles: titles.filter((title, i) => i > 1 || ![sharedTitle, file].includes(title)),
    details,
  }))
  const nothing = read.passed + failures.length + read.skipped.length === 0
  if (failures.length === 0 && (end !== 0 || nothing)) {
    const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-40)
    failures.push({ titles: [end === 0 ? 'it tested nothing' : `it ended with ${end}`], details: said })
  } else if (failures.length > 0 && stderr) {
    failures.push({ titles: ['stderr'], details: stderr.trimEnd().split('\n').slice(-40) })
  }
  return { ...read, file, failures, seconds: (performance.now() - from) / 1000 }
}

function tell({ file, seconds, passed, failures, skipped, comments }: FileResult, showComments: boolean): void {
  const mark = failures.length > 0 ? 'FAIL' : 'ok  '
  console.log(`${mark} ${seconds.toFixed(1).padStart(6)}s ${file} (${passed} passed)`)
  for (const title of skipped) console.log(`       skipped: ${title}`)
  if (showComments || failures.length > 0) for (const comment of comments) console.log(`       # ${comment}`)
  for (const { titles, details } of failures)
    console.log([`       not ok: ${titles.join(' > ')}`, ...details].join('\n'))
}

// The title of the test around the files of one process (test-host.ts).
const sharedTitle = 'files'

async function runGroup(group: TestGroup): Promise<FileResult[]> {
  const waiting = [...group.files]
  const results: FileResult[] = []
  const options = { env: group.env ?? {}, timeoutSeconds: group.timeoutSeconds }
  const worker = async () => {
    const process = group.sharesProcesses ? createSharedProcess(options) : createOwnProcesses(options)
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(file, process)
      tell(result, group.showComments ?? false)
      results.push(result)
    }
    await process.close()
  }
  await Promise.all(Array.from({ length: group.jobs }, worker))
  return results
}

/**
 * Runs one group after the other. Prints a line for each file, then a line that begins with `FAILED` for each failed
 * assertion, and last `N passed, N failed`, in assertions. Returns whether there were tests and all of them passed.
 */
export async function runTests(groups: readonly TestGroup[]): Promise<boolean> {
  const from = performance.now()
  await startCluster(process.pid)
  const results: FileResult[] = []
  try {
    for (const group of groups) results.push(...(await runGroup(group)))
  } finally {
    await stopCluster(process.pid)
  }
  const failed = results.flatMap(({ file, failures }) => failures.map(({ titles }) => ({ file, titles })))
  const passed = results.reduce((sum, one) => sum + one.passed, 0)
  const skipped = results.reduce((sum, one) => sum + one.skipped.length, 0)
  const seconds = Math.round((performance.now() - from) / 1000)
  console.log(`\n${results.length} files in ${seconds} s${skipped > 0 ? `, ${skipped} tests skipped` : ''}`)
  for (const { file, titles } of failed) console.log(`FAILED ${file}: ${titles.join(' > ')}`)
  console.log(`${passed} passed, ${failed.length} failed`)
  return failed.length === 0 && passed > 0
}
