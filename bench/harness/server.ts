/** Starts the measured servers, each in its own process with NODE_ENV=production. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/database/embedded/free-port.ts'
import type { Place } from './place.ts'

export type Server = {
  readonly url: string
  readonly child: ChildProcess
  /** Lets the server write this many lines for the load generator into a file. */
  credentials(count: number, file: string): Promise<void>
}

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const benchSecret = 'a secret that is only good for the bench and nowhere else'

/** The settings of Countersign, as in production. */
export const ourEnvironment = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  COUNTERSIGN_SECRET: benchSecret,
  SMTP_URL: 'smtp://127.0.0.1:9',
  MAIL_FROM: 'bench@localhost',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
  RATE_LIMITS: 'off',
})

// The same flags as in the Dockerfile.
const nodeOptions = ['--enable-source-maps']
const fromDist = ['--import', new URL('../servers/from-dist.ts', import.meta.url).href]

function launch(
  place: Place,
  args: readonly string[],
  env: Record<string, string>,
  { ipc = false, cwd = root } = {},
): ChildProcess {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [...nodeOptions, ...args], {
    cwd,
    env: { PATH, NODE_ENV: 'production', ...env },
    // The log is not written to disk. Errors are shown.
    stdio: ['ignore', 'ignore', 'inherit', ...(ipc ? (['ipc'] as const) : [])],
  })
  place.atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), 5000)
    await once(child, 'exit')
    clearTimeout(impatient)
  })
  return child
}

/** A server that reports its URL: those in bench/peers, and bench/servers/ours.ts. */
export async function startServer(place: Place, entry: string, env: Record<string, string> = {}): Promise<Server> {
  const child = launch(
    place,
    [...profiled(env), ...(entry.startsWith('servers/') ? fromDist : []), `bench/${entry}`],
    env,
    { ipc: true },
  )
  const gone = once(child, 'exit').then(() => [{ failed: `${entry} has ended` }])
  const heard = async (): Promise<{ url?: string; failed?: string }> => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [{ url?: string; failed?: string }]
    if (message.failed !== undefined) throw new Error(message.failed)
    return message
  }
  const { url = '' } = await heard()
  return {
    url,
    child,
    async credentials(count, file) {
      child.send({ credentials: count, file })
      await heard()
    },
  }
}

/** The production build of Countersign, `node dist/main.js`, as in the Dockerfile. Without PORT in the settings, it gets a free one.
 * `cwd` is the checkout, this one by default. */
export async function startMain(place: Place, env: Record<string, string>, cwd = root): Promise<Server> {
  const port = env['PORT'] ?? (await freePort())
  const url = `http://localhost:${port}`
  const own = { PORT: String(port), PUBLIC_URL: url, ...env }
  const child = launch(place, [...profiled(env), 'dist/main.js'], own, { cwd })
  while (child.exitCode === null && child.signalCode === null) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (ready?.ok)
      return { url: `http://127.0.0.1:${port}`, child, credentials: () => Promise.reject(new Error('it makes none')) }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('our server has ended')
}

// `BENCH_PROFILE=directory` writes a CPU profile of each server.
const profiled = ({ PROFILE }: Record<string, string>): string[] => {
  const directory = process.env['BENCH_PROFILE']
  return directory && PROFILE
    ? ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${PROFILE}.cpuprofile`]
    : []
}

/** The processor time of a process in seconds, or NaN if the system does not tell it. */
export async function cpuSeconds(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return Number.NaN
  // The name in parentheses may hold spaces, so the fields are counted from its end. Times are in hundredths of a second.
  const [user = '', system = ''] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / 100
}
