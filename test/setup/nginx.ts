/** nginx as a balancer, as Debian packages it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from '../../src/database/embedded/free-port.ts'

const executable = '/usr/sbin/nginx'

/** A reason to skip the test, or false. In CI the test fails instead. */
export const noBalancer =
  existsSync(executable) || process.env['CI'] ? false : `no ${executable} (apt-get install nginx-light)`

/**
 * Starts a balancer in front of these nodes. The header `X-Node` of a request chooses one of them by its number, so that a test knows where
 * a request goes. Everything else is as nginx does it: it closes the connection to a node when the client has left.
 */
export async function startBalancer(t: Pick<Test, 'teardown'>, nodes: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'balancer-'))
  const port = await freePort()
  const targets = nodes.map((url, i) => `${i} ${new URL(url).host};`).join(' ')
  const file = join(directory, 'nginx.conf')
  await writeFile(
    file,
    `daemon off; worker_processes 1; pid ${directory}/pid; error_log ${directory}/log;
    events { worker_connections 1024; }
    http {
      access_log off; client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
      fastcgi_temp_path ${directory}/f; uwsgi_temp_path ${directory}/u; scgi_temp_path ${directory}/s;
      map $http_x_node $node { default ${new URL(nodes[0] ?? '').host}; ${targets} }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://$node; proxy_http_version 1.1; proxy_set_header Host $http_host; }
      }
    }`,
  )
  const child: ChildProcess = spawn(executable, ['-c', file, '-p', directory], { stdio: 'ignore' })
  const exited = new Promise((resolve) => child.once('close', resolve))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(directory, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/livez`).catch(() => undefined))?.ok)
    await new Promise((resolve) => setTimeout(resolve, 20))
  return url
}
