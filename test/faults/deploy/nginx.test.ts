/** deploy/nginx.conf in front of two nodes, as Debian's nginx runs it. */
import { createServer, type Server } from 'node:net'
import pg from 'pg'
import t from 'tap'
import { password } from '../../setup/client.ts'
import { http2Client, httpsClient } from './https-client.ts'
import { startSite } from './nginx-site.ts'
import { service, startNodes } from './nodes.ts'

t.setTimeout(290_000)

const authorization = `Basic ${Buffer.from(service).toString('base64')}`

t.test('in front of two nodes', async (t) => {
  const nodes = await startNodes(t)
  const site = await startSite(t, nodes.ports)
  const one = httpsClient({ port: site.https, certificate: site.certificate, localAddress: '127.0.0.3' })
  const two = http2Client({ port: site.https, certificate: site.certificate })
  t.teardown(one.close)
  t.teardown(two.close)

  const lies = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'chosen-by-the-client' }
  const body = { email: 'ada@example.com', password }
  const opened = await one.ask('/auth/register', { body, headers: lies })
  t.equal(opened.status, 201, 'HTTP/1.1')
  const refreshed = await two.ask('/auth/refresh', { body: { refresh_token: opened.body['refresh_token'] } })
  t.equal(refreshed.status, 200, 'HTTP/2')

  await t.test('the audit log has the address of the client and the id that nginx chose', async (t) => {
    const client = new pg.Client({ connectionString: nodes.databaseUrl })
    await client.connect()
    const sql = `SELECT ip, request_id FROM audit_events WHERE request_id = $1`
    const { rows } = await client.query(sql, [opened.headers['x-request-id']])
    await client.end()
    t.match(rows[0], { ip: '127.0.0.3', request_id: /^[0-9a-f]{32}$/ })
  })

  await t.test('a waiting service hears of a logout', async (t) => {
    const follow = async (query: string) => {
      const { status, text } = await two.ask(`/revocations${query}`, { headers: { authorization } })
      t.equal(status, 200)
      return JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
    }
    const { next } = await follow('')
    let waiting = follow(`?wait=8&after=${next}`)
    const token = { authorization: `Bearer ${String(refreshed.body['access_token'])}` }
    const out = await two.ask('/auth/logout', {
      body: { refresh_token: refreshed.body['refresh_token'] },
      headers: token,
    })
    t.equal(out.status, 204)
    // A wait of eight seconds may have ended before the logout.
    while ((await waiting).next === next) waiting = follow(`?wait=8&after=${next}`)
  })

  t.equal((await one.ask('/metrics')).status, 404)
  t.equal((await one.ask('/auth/login', { body: { ...body, more: 'x'.repeat(17_000) } })).status, 413)
  const plain = await fetch(`http://127.0.0.1:${site.http}/auth/login`, {
    redirect: 'manual',
    headers: { host: 'auth.example.com' },
  })
  t.match(plain, { status: 301 })
  t.equal(plain.headers.get('location'), 'https://auth.example.com/auth/login')
})

/** A server that reads a request and closes the connection without an answer. It counts the requests. */
async function startCutter(port: number): Promise<{ server: Server; requests: () => number }> {
  let requests = 0
  const server = createServer((socket) => {
    socket.once('data', () => {
      requests++
      socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, requests: () => requests }
}

t.test('a POST that reached a node is not sent to the other one, and a GET is', async (t) => {
  for (const [method, sent] of [
    ['POST', 1],
    ['GET', 2],
  ] as const) {
    const [one, two] = [await startCutter(0), await startCutter(0)]
    const portOf = ({ server }: typeof one) => Number(Object(server.address()).port)
    const site = await startSite(t, [portOf(one), portOf(two)])
    const client = httpsClient({ port: site.https, certificate: site.certificate })
    t.equal((await client.ask('/auth/login', { method })).status, 502)
    t.equal(one.requests() + two.requests(), sent, method)
    client.close()
    one.server.close()
    two.server.close()
  }
})
