/** Two nodes of a production server, as processes on fixed ports, with the settings that deploy/ expects. */
import type { Test } from 'tap'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { testSecret } from '../../setup/node.ts'
import { launch } from '../../setup/server-process.ts'

export const service = 'billing:a-credential-for-the-tests-of-the-deployment'

export async function startNodes(t: Pick<Test, 'teardown'>, more: Record<string, string> = {}) {
  const database = await createDatabase()
  t.teardown(database.drop)
  const ports = [await freePort(), await freePort()] as const
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    COUNTERSIGN_SECRET: testSecret,
    PUBLIC_URL: 'https://auth.example.com',
    SMTP_URL: 'smtp://localhost:1', // nothing is sent here
    MAIL_FROM: 'auth@example.com',
    HOST: '127.0.0.1',
    TRUSTED_PROXIES: '127.0.0.1',
    SERVICE_CREDENTIALS: service,
    RATE_LIMITS: 'off',
    LOG_LEVEL: 'warn',
    ...more,
  }
  const running = new Map<number, ReturnType<typeof launch>>()

  /** Starts the node of this port. Resolves when it is ready. */
  const start = async (port: number) => {
    const node = launch({ ...env, PORT: String(port) })
    running.set(port, node)
    for (;;) {
      if (node.child.exitCode !== null) throw new Error(`the node ended: ${node.output()}`)
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
      if (ready?.ok) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  /** Ends the node of this port as systemd does. Returns its exit code. */
  const stop = async (port: number) => {
    const node = running.get(port)
    node?.child.kill('SIGTERM')
    return node?.exited
  }
  await Promise.all(ports.map(start))
  t.teardown(() => Promise.all(ports.map(stop)))
  return { ports, start, stop, databaseUrl: database.url }
}
