/** A Redis for one test: the server of Debian, on a free port, in memory only. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from '../../src/database/embedded/free-port.ts'

const executablePath = '/usr/bin/redis-server'

/** The reason to skip tests with Redis, for `skip` of tap. In CI they are never skipped, so they fail there without Redis. */
export const skip =
  existsSync(executablePath) || process.env['CI'] ? false : `no ${executablePath} (apt-get install redis-server)`

/** Starts Redis until the test ends. It can be stopped before, and started again on the same port. */
export async function startRedis(t: Pick<Test, 'teardown'>) {
  const port = await freePort()
  let child = await launch(port)
  t.teardown(() => end(child))
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    stop: () => end(child),
    start: async () => {
      child = await launch(port)
    },
  }
}

async function launch(port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no']
  const child = spawn(executablePath, args, { stdio: 'ignore', env: {} })
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
  failed.catch(() => {})
  process.once('exit', () => child.kill('SIGKILL'))
  for (let tries = 0; tries < 500; tries++) {
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
