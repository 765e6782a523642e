/** deploy/Caddyfile in front of two nodes, as Debian's Caddy runs it with a certificate authority of its own. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { password } from '../../setup/client.ts'
import { freePort } from '../../setup/free-port.ts'
import { http2Client, httpsClient } from './https-client.ts'
import { startNodes } from './nodes.ts'
import { run } from './programs.ts'

t.setTimeout(290_000)

const committed = await readFile('deploy/Caddyfile', 'utf8')

t.test('Caddy accepts the file as it is', async (t) => {
  await t.resolves(run('caddy', ['validate', '--adapter', 'caddyfile', '--config', 'deploy/Caddyfile']))
})

t.test('in front of two nodes', async (t) => {
  const nodes = await startNodes(t, { SHUTDOWN_GRACE_SECONDS: '3' })
  const home = await mkdtemp(join(tmpdir(), 'caddy-'))
  t.teardown(() => rm(home, { recursive: true, force: true }))
  const [https, http] = [await freePort(), await freePort()]
  const global = `{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n\thttps_port ${https}\n\thttp_port ${http}\n`
  const config = committed.replace(/^\{\n/m, () => global)
  await writeFile(join(home, 'Caddyfile'), config)
  const args = ['run', '--adapter', 'caddyfile', '--config', join(home, 'Caddyfile')]
  const upstreams = nodes.ports.map((port) => `127.0.0.1:${port}`).join(' ')
  const env = {
    UPSTREAMS: upstreams,
    PATH: process.env['PATH'],
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
  }
  const caddy = spawn('caddy', args, { env, stdio: 'ignore' })
  // So a test file that ends early leaves no process running.
  process.once('exit', () => caddy.kill('SIGKILL'))
  const ended = new Promise((resolve) => caddy.once('close', resolve))
  t.teardown(async () => {
    caddy.kill('SIGTERM')
    await ended
  })
  const rootFile = join(home, 'caddy/pki/authorities/local/root.crt')
  const until = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
      const done = await attempt().catch(() => undefined)
      if (done !== undefined) return done
      if (caddy.exitCode !== null) throw new Error('Caddy ended')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const certificate = await until(() => readFile(rootFile, 'utf8'))
  const to = { port: https, certificate }
  const isReady = async () => {
    const probe = httpsClient(to)
    const { status } = await probe.ask('/readyz').finally(probe.close)
    return status === 200 || undefined
  }
  await until(isReady)

  const [one, two] = [httpsClient({ ...to, localAddress: '127.0.0.3' }), http2Client(to)]
  t.teardown(one.close)
  t.teardown(two.close)
  const lies = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'chosen-by-the-client' }
  const opened = await one.ask('/auth/register', { body: { email: 'ada@example.com', password }, headers: lies })
  t.equal(opened.status, 201, 'HTTP/1.1')
  const client = new pg.Client({ connectionString: nodes.databaseUrl })
  await client.connect()
  const sql = `SELECT ip, request_id FROM audit_events WHERE request_id = $1`
  const { rows } = await client.query(sql, [opened.headers['x-request-id']])
  await client.end()
  t.match(rows[0], { ip: '127.0.0.3', request_id: /^[0-9a-f-]{36}$/ })
  t.equal((await one.ask('/metrics')).status, 404)

  let tokens = opened.body
  let refreshes = 0
  const restarted = nodes.stop(nodes.ports[0])
  const gone = { yet: false }
  void restarted.then(() => (gone.yet = true))
  while (!gone.yet || refreshes < 2) {
    const refreshed = await two.ask('/auth/refresh', { body: { refresh_token: tokens['refresh_token'] } })
    if (refreshed.status !== 200) t.equal(refreshed.status, 200)
    tokens = refreshed.body
    refreshes++
  }
  t.equal(await restarted, 0)
  t.ok(refreshes > 1, `${refreshes} refreshes over HTTP/2 while a node stopped`)
})
