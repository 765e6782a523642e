/** The routes of development answer a developer at this machine, and nobody who came over a proxy or under another name. */
import t from 'tap'
import { startNode } from '../setup/node.ts'
import { talk } from '../setup/socket.ts'
import { send } from './browser/wire.ts'

// A developer shows the server to others under a public name, with the defaults of development.
const node = await startNode(t, { mail: true, env: { PUBLIC_URL: 'https://auth.example.com' } })
const { port } = new URL(node.baseUrl)
const paths = ['/dev/mailbox', '/auth/doctor']
const status = (path: string, headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
  node.app.inject({ url: path, headers: { host: 'localhost:3000', ...headers }, remoteAddress })

t.test('a developer at this machine is answered, under every name of the machine', async (t) => {
  for (const path of paths) {
    t.equal((await send(node.baseUrl, { method: 'GET', path })).status, 200, path)
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:3000', 'auth.localhost:3000']) {
      t.equal((await status(path, { host })).statusCode, 200, `${path} ${host}`)
    }
    for (const address of ['127.0.0.9', '::1', '::ffff:127.0.0.1']) {
      t.equal((await status(path, {}, address)).statusCode, 200, `${path} ${address}`)
    }
  }
})

t.test('a request that a proxy on this machine passes on is not answered', async (t) => {
  const added = [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Host', 'localhost'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded', 'for=203.0.113.7'],
    ['Forwarded', 'for=203.0.113.7'],
    ['Via', '1.1 proxy'],
    ['X-Real-IP', '203.0.113.7'],
    ['CF-Connecting-IP', '203.0.113.7'],
    ['True-Client-IP', '203.0.113.7'],
    ['X-Client-IP', '127.0.0.1'],
    ['X-Amzn-Trace-Id', 'Root=1'],
  ] as const
  for (const path of paths) {
    for (const header of added) {
      const answer = await send(node.baseUrl, { method: 'GET', path, headers: [header] })
      t.match(answer, { status: 404, body: { code: 'not_found' } }, `${path} ${header[0]}`)
    }
    // A proxy with no configuration speaks HTTP/1.0, adds nothing, and names this server in Host.
    const bare = `GET ${path} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`
    t.same((await talk(node.baseUrl, { send: bare })).statuses, [404], `${path} HTTP/1.0`)
  }
})

t.test('a request under another name is not answered, also after DNS rebinding', async (t) => {
  for (const path of paths) {
    for (const host of ['auth.example.com', 'rebound.evil.test:3000', 'localhost.evil.test', '127.0.0.1.nip.io']) {
      t.equal((await status(path, { host })).statusCode, 404, `${path} ${host}`)
    }
  }
})

t.test('a request from another machine is not answered, whatever it says about itself', async (t) => {
  const proxied = await startNode(t, { mail: true, env: { TRUSTED_PROXIES: '192.0.2.7,127.0.0.1' } })
  for (const path of paths) {
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1']) {
      t.equal((await status(path, {}, address)).statusCode, 404, `${path} ${address}`)
    }
    const headers = { host: 'localhost', 'x-forwarded-for': '127.0.0.1' }
    const claimed = await proxied.app.inject({ url: path, headers, remoteAddress: '192.0.2.7' })
    t.equal(claimed.statusCode, 404, path)
  }
})

t.test(
  'no page of another origin reads the mailbox, and only a browser at this machine may read the doctor',
  async (t) => {
    const origin = 'http://localhost:5173'
    const local = await startNode(t, { mail: true, env: { PUBLIC_URL: 'http://localhost:3000' } })
    const listed = await send(local.baseUrl, { method: 'GET', path: '/dev/mailbox', headers: [['Origin', origin]] })
    t.equal(listed.status, 404)
    const ask = (headers: [string, string][]) =>
      send(node.baseUrl, { method: 'GET', path: '/auth/doctor', headers: [['Origin', 'https://new.test'], ...headers] })
    t.equal((await ask([])).headers['access-control-allow-origin'], 'https://new.test')
    t.equal((await ask([['X-Forwarded-For', '203.0.113.7']])).headers['access-control-allow-origin'], undefined)
  },
)
