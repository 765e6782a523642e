/** Installs, builds and starts an example in its own folder, with the packages of this repository as they are now. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../src/database/embedded/free-port.ts'
import { launch } from '../setup/server-process.ts'

/** Without the hooks that tap adds to every Node process of a test, and without reports to the makers of the tools. */
const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: '', NEXT_TELEMETRY_DISABLED: '1' }

/** Runs a program in a folder, and returns what it wrote to stdout. Rejects with all that it printed if it fails. */
export async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { stdout: said } = await promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 24 }).catch(
    (error: unknown) => {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}${stderr}`)
    },
  )
  return said
}

/** Installs the lock file of a folder unless that is done. */
export async function installLocked(home: string, ...options: string[]): Promise<void> {
  const [installed, lock] = [join(home, 'node_modules/.package-lock.json'), join(home, 'package-lock.json')]
  const isFresh = existsSync(installed) && (await stat(installed)).mtimeMs >= (await stat(lock)).mtimeMs
  if (!isFresh) await run(home, 'npm', 'ci', '--no-audit', '--no-fund', '--prefer-offline', ...options)
}

/** Installs the lock file of an example unless that is done, and builds the packages into it. Returns the folder. */
export async function installExample(name: string, packages: readonly string[]): Promise<string> {
  const home = resolve('examples', name)
  await installLocked(home, '--ignore-scripts')
  for (const one of packages) {
    const dist = join(home, 'node_modules/@countersign', one, 'dist')
    await rm(dist, { recursive: true, force: true })
    await run(resolve('packages', one), resolve('node_modules/.bin/tsc'), '-p', 'tsconfig.json', '--outDir', dist)
  }
  return home
}

/** Starts the server of an example until the test ends. Resolves with its address, once it answers. */
export async function startExample(
  t: Pick<Test, 'teardown'>,
  settings: Record<string, string>,
  command: (port: number) => readonly [entry: string, ...args: string[]],
): Promise<string> {
  const port = await freePort()
  const baseUrl = `http://localhost:${port}`
  const { child, exited, output } = launch(
    { NEXT_TELEMETRY_DISABLED: '1', PORT: `${port}`, ...settings },
    ...command(port),
  )
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  while (child.exitCode === null && child.signalCode === null) {
    if (await fetch(baseUrl).catch(() => undefined)) return baseUrl
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`the example ended: ${output()}`)
}
