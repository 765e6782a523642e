/** Starts the server of another client, and builds the script of its pages. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { freePort } from '../../../src/database/embedded/free-port.ts'
import { createDatabase } from '../../setup/database.ts'
import { launch } from '../../setup/server-process.ts'

const folder = import.meta.dirname

/** What the script of a page exports. */
export type PeerPage = {
  start: (baseUrl: string) => Promise<{
    signUp: (account: { email: string; password: string }) => Promise<void>
    /** The status of a call of the app's API with a valid token, 0 without an answer, or `signed_out`. */
    ask: () => Promise<number | 'signed_out'>
    /** How often the client told the app that the user is signed out. */
    signOuts: () => number
  }>
}

const peers = {
  'auth-js': {
    server: 'supabase-model.mjs',
    page: 'supabase-page.mjs',
    // auth-js refreshes when a token has 90 seconds left, so that it does so after the given time.
    tokenSeconds: (freshFor: number) => 90 + freshFor,
  },
  'better-auth': {
    server: 'better-auth-server.mjs',
    page: 'better-auth-page.mjs',
    tokenSeconds: (freshFor: number) => freshFor,
  },
} as const

export type PeerName = keyof typeof peers

let installing: Promise<unknown> | undefined

/** Runs a program through `env`, because tap adds its hooks to every Node process that a test starts. */
const run = (...command: string[]) =>
  promisify(execFile)('env', ['NODE_OPTIONS=', ...command], { cwd: folder, maxBuffer: 2 ** 24 })

/** Installs the packages of the peers, unless they are there. Test files that run at once take turns. */
const install = () =>
  (installing ??= run(
    'flock',
    'package.json',
    'sh',
    '-c',
    'test node_modules/.package-lock.json -nt package-lock.json || npm ci --ignore-scripts --no-audit --no-fund',
  ))

/** The script of a page as one ES module, which exports `start` of PeerPage. */
export async function buildPage(name: PeerName): Promise<string> {
  await install()
  const { stdout } = await run(
    'node_modules/.bin/esbuild',
    peers[name].page,
    '--bundle',
    '--format=esm',
    '--target=es2024',
  )
  return stdout
}

type Options = {
  /** The origin of the pages. */
  app: string
  /** The origin at which pages find the server, given its port. By default its own. */
  publicUrl?: (port: number) => string
  /** After how many seconds a client has to ask the server for the next token. */
  freshFor?: number
}

/** Starts a server on a database of its own, which `kill` and `restart` leave as it is. */
export async function startPeer(t: Pick<Test, 'teardown'>, name: PeerName, options: Options) {
  await install()
  const { app, publicUrl = (at) => `http://127.0.0.1:${at}`, freshFor = 5 } = options
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  const home = await mkdtemp(join(tmpdir(), 'countersign-peer-'))
  t.teardown(() => rm(home, { recursive: true, force: true }))
  const clock = join(home, 'clock')
  await writeFile(clock, '0')
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const env = {
    PORT: String(port),
    DATABASE_URL: url,
    PUBLIC_URL: publicUrl(port),
    APP_ORIGIN: app,
    TOKEN_SECONDS: String(peers[name].tokenSeconds(freshFor)),
    CLOCK_FILE: clock,
    NODE_OPTIONS: `--import=${join(folder, 'clock.mjs')}`,
    SECRET: 'a secret of the peers, and of nothing else',
  }
  let server: ReturnType<typeof launch>
  const start = async () => {
    server = launch(env, join(folder, peers[name].server))
    while (server.child.exitCode === null) {
      const ready = await fetch(`${baseUrl}/readyz`).catch(() => undefined)
      if (ready?.ok) return
      await sleep(20)
    }
    throw new Error(`The server of ${name} ended:\n${server.output()}`)
  }
  const kill = async () => {
    server.child.kill('SIGKILL')
    await server.exited
  }
  await start()
  t.teardown(kill)
  return {
    baseUrl,
    databaseUrl: url,
    port,
    kill,
    start,
    /** Moves the clock of the server, in milliseconds from the true time. Files are read at each look at the clock. */
    setClock: (ms: number) => writeFile(clock, String(ms)),
    /** How often refreshes had each outcome. */
    outcomes: async (): Promise<Record<string, number>> => (await fetch(`${baseUrl}/outcomes`)).json(),
  }
}
