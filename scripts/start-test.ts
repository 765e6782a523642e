/** Starts one test file in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'

// Node keeps compiled code there, so that the next process loads the server in half the time.
const compileCache = resolve(import.meta.dirname, '../node_modules/.cache/compiled')

/** `directory` is a checkout, or a copy of one. `stdio` says whether the caller reads what the test prints. */
type Start = {
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  readonly stdio: 'pipe' | 'ignore'
  /** How long tap waits for one test of the file. Its own limit of 30 seconds may be short on a busy machine. */
  readonly timeoutSeconds: number
  /** Whether the caller sends messages to the process. */
  readonly ipc?: boolean
}

/** The arguments with which Node runs a test file. The paths are relative to the checkout. */
export const testArguments = (file: string): string[] => ['--import', './test/setup/exact-lists.ts', file]

export function startTest(file: string, { directory, env, stdio, timeoutSeconds, ipc }: Start): ChildProcess {
  return spawn(process.execPath, testArguments(file), {
    cwd: directory,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, TAP_TIMEOUT: String(timeoutSeconds), ...env },
    stdio: ['ignore', stdio, stdio, ...(ipc ? ['ipc' as const] : [])],
  })
}
