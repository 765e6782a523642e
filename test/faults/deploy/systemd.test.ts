/** deploy/countersign@.service is a unit that systemd accepts, is hardened, and waits at its start until the node is ready. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { run } from './programs.ts'

const unit = await readFile('deploy/countersign@.service', 'utf8')
const values = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)

t.test('systemd accepts it, and counts it as hardened', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'unit-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const file = join(directory, 'countersign@3001.service')
  // systemd looks whether the program is there.
  t.match(unit, '/opt/node/bin/node ')
  await writeFile(file, unit.replace('/opt/node/bin/node', process.execPath))
  const { stderr } = await run('systemd-analyze', ['verify', file])
  t.equal(stderr, '', 'without a complaint, such as of an unknown setting')
  // 10 is a service with no protection at all.
  await t.resolves(run('systemd-analyze', ['security', '--offline=true', '--threshold=20', file]))
})

t.test('it stops a node later than the node stops itself, and names what the package installs', async (t) => {
  t.ok(Number(values('TimeoutStopSec')) > 9)
  const { bin } = JSON.parse(await readFile('package.json', 'utf8')) as { bin: Record<string, string> }
  t.match(values('ExecStart')[0], `node_modules/.bin/${Object.keys(bin)[0]} start`)
  t.match(values('Environment').join(' '), /PORT=%i METRICS_PORT=1%i$/)
})

t.test('the start waits for a node that is ready, and no longer than its process lives', async (t) => {
  let asked = 0
  const node = createServer((_request, answer) => void answer.writeHead(++asked < 3 ? 503 : 200).end())
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
  const port = Number(Object(node.address()).port)
  const script = /^\/bin\/sh -c '(.*)'$/.exec(values('ExecStartPost')[0] ?? '')?.[1] ?? ''
  const waitFor = (at: number) => script.replaceAll('%i', String(at)).replaceAll('$$', '$')
  const { status } = await sh(waitFor(port), process.pid)
  t.equal(status, 0)
  t.ok(asked >= 3, `asked ${asked} times`)
  node.close()
  const gone = spawnSync('true').pid
  t.equal((await sh(waitFor(1), gone)).status, 1)
})

/** Runs a script as systemd does, with the process of the node. */
async function sh(script: string, mainPid: number): Promise<{ status: number | null }> {
  const { PATH = '' } = process.env
  const child = spawn('/bin/sh', ['-c', script], { env: { PATH, MAINPID: String(mainPid) }, stdio: 'ignore' })
  return new Promise((resolve) => child.once('close', (status) => resolve({ status })))
}
