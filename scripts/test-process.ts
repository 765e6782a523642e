/** Runs test files in processes: one for each file, or one for several files in turn. */
import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { startTest } from './start-test.ts'

export type Output = {
  readonly stdout: string
  readonly stderr: string
  /** The exit code or the signal of the process. 0 if it goes on with the next file. */
  readonly end: number | string
}
export type RunFile = {
  run: (file: string) => Promise<Output>
  /** Ends the process. No file may be running. */
  close: () => Promise<void>
}
type Options = { env: Readonly<Record<string, string>>; timeoutSeconds: number }

const host = 'scripts/test-host.ts'
const directory = resolve(import.meta.dirname, '..')

/** A file that takes longer than `timeoutSeconds` is ended, with the report of tap. */
export function createOwnProcesses({ env, timeoutSeconds }: Options): RunFile {
  return {
    async run(file) {
      const running = watch(startTest(file, { directory, env, stdio: 'pipe', timeoutSeconds }))
      const stop = endAfter(running.child, timeoutSeconds)
      const end = await running.closed
      stop()
      return { ...running.take(), end }
    },
    close: async () => {},
  }
}

/** The files share what a process loads once. One that ends the process is reported, and the next begins a new process. */
export function createSharedProcess({ env, timeoutSeconds }: Options): RunFile {
  let running: ReturnType<typeof watch> | undefined
  return {
    async run(file) {
      // All files together may take any time. Each file has its own limit.
      running ??= watch(startTest(host, { directory, env, stdio: 'pipe', timeoutSeconds: 0, ipc: true }))
      const stop = endAfter(running.child, timeoutSeconds)
      const done = running.printed(`end of ${file}\n`).then(() => 0)
      running.child.send({ file, timeoutSeconds })
      const end = await Promise.race([done, running.closed.then((code) => code || 'no result')])
      stop()
      const output = running.take()
      if (end !== 0) running = undefined
      return { ...output, end }
    },
    async close() {
      // The host ends at a message without a file.
      running?.child.send({ file: '' })
      await running?.closed
    },
  }
}

/** Collects what a process prints. */
function watch(child: ChildProcess) {
  let stdout = ''
  let stderr = ''
  let look = () => {}
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
    look()
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
    look()
  })
  // A message to a process that has just ended is lost. Its end is reported.
  child.on('error', () => {})
  return {
    child,
    closed: new Promise<number | string>((done) => child.once('close', (code, signal) => done(code ?? signal ?? ''))),
    /** Resolves when the process has printed the line to both streams. */
    printed: (line: string) =>
      new Promise<void>((found) => {
        look = () => {
          if (!stdout.includes(line) || !stderr.includes(line)) return
          stderr = stderr.replace(line, '')
          found()
        }
      }),
    /** What was printed since the last call. */
    take(): { stdout: string; stderr: string } {
      const taken = { stdout, stderr }
      stdout = stderr = ''
      return taken
    },
  }
}

/** Ends a process after the time limit, unless the returned function is called first. */
function endAfter(child: ChildProcess, timeoutSeconds: number): () => void {
  // At SIGTERM tap reports the running test and exits.
  const timers = [
    setTimeout(() => child.kill('SIGTERM'), (timeoutSeconds + 10) * 1000),
    setTimeout(() => child.kill('SIGKILL'), (timeoutSeconds + 20) * 1000),
  ]
  return () => timers.forEach(clearTimeout)
}
