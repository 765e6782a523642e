/** The port of the metrics of a server process. */
import t from 'tap'
import { call } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { scrape } from '../../setup/scrape.ts'
import { startServer } from '../../setup/server-process.ts'

t.test('METRICS_PORT serves the metrics without a credential, and no other routes', async (t) => {
  const database = await createDatabase()
  t.teardown(database.drop)
  const port = await freePort()
  const server = await startServer({ DATABASE_URL: database.url, METRICS_PORT: String(port) })
  t.ok((await scrape(port))('process_resident_memory_bytes') > 0)
  t.equal((await fetch(`http://127.0.0.1:${port}/auth/whoami`)).status, 404)
  t.equal((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status, 404)
  t.equal((await call(`${server.baseUrl}/metrics`)).status, 401, 'the main port asks for one as before')
  const taken = await startServer({ DATABASE_URL: database.url, METRICS_PORT: String(port) }).catch(String)
  t.match(taken, `Cannot listen on 127.0.0.1:${port}`)
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})
