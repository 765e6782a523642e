/** Starts the server of another client. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../../src/database/embedded/free-port.ts'
import { createDatabase, execute } from '../../setup/database.ts'
import { launch } from '../../setup/server-process.ts'

const folder = import.meta.dirname

/** Runs a program through `env`, because tap adds its hooks to every Node process that a test starts. */
const run = (...command: string[]) =>
  promisify(execFile)('env', ['NODE_OPTIONS=', ...command], { cwd: folder, maxBuffer: 2 ** 24 })

/** Installs the packages of the peers, unless they are there. Test files that run at once take turns. */
const install = () =>
  run(
    'flock',
    'package.json',
    'sh',
    '-c',
    'test node_modules/.package-lock.json -nt package-lock.json || npm ci --ignore-scripts --no-audit --no-fund',
  )

/** A file of this folder as one ES module for a page. */
export async function bundle(file: string): Promise<string> {
  await install()
  const { stdout } = await run('node_modules/.bin/esbuild', file, '--bundle', '--format=esm', '--target=es2024')
  return stdout
}

type Options = {
  /** The file of the server in this folder. */
  file: string
  tokenSeconds: number
  /** The origin at which pages find the server. */
  publicUrl?: string
  /** The origin of the pages. */
  appOrigin?: string
}

/** Starts a server on a database of its own, which outlives it. */
export async function startPeer(t: Pick<Test, 'teardown'>, options: Options) {
  const { file, tokenSeconds, publicUrl, appOrigin = '' } = options
  await install()
  const { url, drop } = await createDatabase({ migrated: false })
  const home = await mkdtemp(join(tmpdir(), 'countersign-peer-'))
  const clock = join(home, 'clock')
  await writeFile(clock, '0')
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const env = {
    PORT: String(port),
    DATABASE_URL: url,
    PUBLIC_URL: publicUrl ?? address,
    APP_ORIGIN: appOrigin,
    TOKEN_SECONDS: String(tokenSeconds),
    CLOCK_FILE: clock,
    NODE_OPTIONS: `--import=${join(folder, 'clock.mjs')}`,
    SECRET: 'a secret of the peers, and of nothing else',
  }
  let server = launch(env, join(folder, file))
  const end = async (signal: NodeJS.Signals) => {
    server.child.kill(signal)
    await server.exited
  }
  async function ready(): Promise<void> {
    while (server.child.exitCode === null) {
      const answer = await fetch(`${address}/readyz`).catch(() => undefined)
      if (answer?.ok) return
      await sleep(20)
    }
    throw new Error(`${file} ended:\n${server.output()}`)
  }
  t.teardown(async () => {
    await end('SIGKILL')
    await drop()
    await rm(home, { recursive: true, force: true })
  })
  await ready()
  return {
    address,
    /** Ends the process, and starts another. */
    async replace(signal: NodeJS.Signals): Promise<void> {
      await end(signal)
      server = launch(env, join(folder, file))
      await ready()
    },
    /** Sets the clock of the server this many milliseconds ahead of the true time. */
    setClock: (ms: number) => writeFile(clock, String(ms)),
    /** How often each outcome of a refresh occurred. */
    outcomes: async (): Promise<Record<string, number>> => (await fetch(`${address}/outcomes`)).json(),
    execute: (statement: string) => execute(url, statement),
  }
}
