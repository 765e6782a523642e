/** nginx in front of servers, as Debian packages it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

const executable = '/usr/sbin/nginx'

/** A reason to skip the test, or false. In CI the test fails instead. */
export const noBalancer =
  existsSync(executable) || process.env['CI'] ? false : `no ${executable} (apt-get install nginx-light)`

/** Whether something accepts connections at the port. */
const isOpen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })

type Servers = {
  readonly port: number
  /** What stands in the block `http` of the configuration. */
  readonly http: string
}

/** Runs nginx until the test ends. Resolves when it listens. */
export async function startNginx(t: Pick<Test, 'teardown'>, { port, http }: Servers): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'nginx-'))
  const file = join(directory, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/log;
    events { worker_connections 1024; }
    http {
      access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
      fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
      ${http}
    }`,
  )
  const child: ChildProcess = spawn(executable, ['-c', file, '-p', directory], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text) => (complaint += text))
  const exited = new Promise((resolve) => child.once('close', resolve))
  t.teardown(async () => {
    // It ends its workers at once. After a SIGKILL they would live on.
    child.kill('SIGTERM')
    await exited
    await rm(directory, { recursive: true, force: true })
  })
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaint}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/**
 * Starts a balancer in front of these nodes. The header `X-Node` of a request chooses one of them by its number, so that a test knows where
 * a request goes. Everything else is as nginx does it: it closes the connection to a node when the client has left.
 */
export async function startBalancer(t: Pick<Test, 'teardown'>, nodes: readonly string[]): Promise<string> {
  const port = await freePort()
  const targets = nodes.map((url, i) => `${i} ${new URL(url).host};`).join(' ')
  const http = `map $http_x_node $node { default ${new URL(nodes[0] ?? '').host}; ${targets} }
    server {
      listen 127.0.0.1:${port};
      location / { proxy_pass http://$node; proxy_http_version 1.1; proxy_set_header Host $http_host; }
    }`
  await startNginx(t, { port, http })
  return `http://127.0.0.1:${port}`
}
