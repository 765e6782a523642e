/** The server as a process (`node src/main.ts`), which a test can kill. */
import { type ChildProcess, spawn } from 'node:child_process'
import { freePort } from './free-port.ts'
import { testSecret } from './node.ts'

export type ServerProcess = {
  readonly baseUrl: string
  readonly child: ChildProcess
  /** Everything written to stdout and stderr so far. */
  readonly output: () => string
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>
}

// In these tests, one address stands for many clients.
export const testSettings = {
  CONNECTIONS_PER_ADDRESS: '0',
  NODE_ENV: 'development',
  BCRYPT_COST: '10',
  RATE_LIMITS: 'off',
  COUNTERSIGN_SECRET: testSecret,
  HOST: '127.0.0.1',
}

/** Starts a process with this environment and no other variables, and does not wait for it. */
export function launch(env: Record<string, string>, entry = 'src/main.ts', ...args: string[]) {
  const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env
  const bare = { PATH, ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) }
  const child = spawn(process.execPath, [entry, ...args], {
    env: { ...bare, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // So a test file that ends early leaves no process running.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.once('exit', () => process.off('exit', end))
  return { child, exited, output: () => output }
}

/** Starts a server, and waits until the path `until` answers with 200. `entry` is the main file of another version. */
export async function startServer(
  env: Record<string, string>,
  until = '/readyz',
  entry?: string,
  isFirst = true,
): Promise<ServerProcess> {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const { child, exited, output } = launch({ ...testSettings, PORT: String(port), PUBLIC_URL: baseUrl, ...env }, entry)
  while (child.exitCode === null && child.signalCode === null) {
    const ready = await fetch(baseUrl + until).catch(() => undefined)
    if (ready?.ok) return { baseUrl, child, exited, output }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  // At its start a server gives up a database that is late, as it may be on a busy machine.
  if (isFirst && output().includes('no connection to the database')) return startServer(env, until, entry, false)
  throw new Error(`the server ended: ${output()}`)
}
