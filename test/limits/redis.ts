/** A Redis for one test: the server of Debian, on a free port, in memory only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from '../setup/free-port.ts'

const executablePath = '/usr/bin/redis-server'

/** The reason to skip tests with Redis, for `skip` of tap. In CI they are never skipped, so they fail there without Redis. */
export const skip =
  existsSync(executablePath) || process.env['CI'] ? false : `no ${executablePath} (apt-get install redis-server)`

/**
 * Starts Redis until the test ends. It can be stopped before, and started again on the same port. `settings` are more arguments; with
 * `hasTls` the port speaks TLS alone.
 */
export async function startRedis(
  t: Pick<Test, 'teardown'>,
  { settings = [], hasTls = false }: { settings?: readonly string[]; hasTls?: boolean } = {},
) {
  const port = await freePort()
  // A replica writes the data of its primary to a file, also without --save.
  const directory = await mkdtemp(join(tmpdir(), 'redis-'))
  const launch = () =>
    launchAt(port, [
      '--dir',
      directory,
      ...(hasTls ? ['--port', '0', '--tls-port', `${port}`] : ['--port', `${port}`]),
      ...settings,
    ])
  let child = await launch()
  t.teardown(async () => {
    await end(child)
    await rm(directory, { recursive: true, force: true })
  })
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    stop: () => end(child),
    start: async () => {
      child = await launch()
    },
  }
}

async function launchAt(port: number, settings: readonly string[]): Promise<ChildProcess> {
  const args = [...settings, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const child = spawn(executablePath, args, { stdio: 'ignore', env: {} })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {})
  process.once('exit', () => child.kill('SIGKILL'))
  for (let tries = 0; tries < 3000; tries++) {
    if (await Promise.race([answers(port), failed])) return child
    await sleep(20)
  }
  throw new Error('Redis does not answer')
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
