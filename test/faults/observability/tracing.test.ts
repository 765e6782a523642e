/** Tracing with a server process, an OTLP/HTTP collector and the standard environment variables. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { pause } from '../../setup/denial.ts'
import { writingModulesTo } from '../../setup/loaded-modules.ts'
import { startServer } from '../../setup/server-process.ts'

type Attribute = { key: string; value: { stringValue?: string; intValue?: number } }
type Span = {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId?: string
  attributes: Attribute[]
}
type Body = { resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: Span[] }[] }[] }

const bodies: Body[] = []
async function collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
  bodies.push((await json(request)) as Body)
  response.setHeader('content-type', 'application/json').end('{}')
}
const collector = createServer((request, response) => void collect(request, response)).listen(0, '127.0.0.1')
await once(collector, 'listening')
t.teardown(() => collector.close())

const { url, drop } = await createDatabase()
t.teardown(drop)
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
const asking = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_SERVICE_NAME: 'auth-eu' }
const modules = join(t.testdir(), 'modules')
const start = (env: Record<string, string>) => startServer({ DATABASE_URL: url, ...writingModulesTo(modules), ...env })
const spans = () =>
  bodies.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((s) => s.spans)))
const valueOf = ({ attributes }: Span, key: string) => {
  const value = attributes.find((one) => one.key === key)?.value
  return value?.stringValue ?? value?.intValue
}
const rss = (pid: number | undefined) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
const heavy = /@opentelemetry|prom-client|\/tracing\.ts/

/** The body comes in later events than the headers. */
async function refreshSlowly(baseUrl: string, refreshToken: string): Promise<number | undefined> {
  const body = JSON.stringify({ refresh_token: refreshToken })
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const asked = ask(`${baseUrl}/auth/refresh`, { method: 'POST', agent: false, headers })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  asked.write(body.slice(0, 1))
  await pause(200)
  asked.end(body.slice(1))
  const [answer] = await answered
  answer.resume()
  return answer.statusCode
}

t.test('without tracing, none of its modules are loaded', async (t) => {
  for (const env of [{}, { ...asking, OTEL_SDK_DISABLED: 'true' }, { ...asking, OTEL_TRACES_EXPORTER: 'none' }]) {
    const server = await start(env)
    await register(server.baseUrl)
    const loaded = readFileSync(modules, 'utf8').split('\n')
    t.ok(loaded.length > 200, `${loaded.length} files loaded`)
    t.same(
      loaded.filter((file) => heavy.test(file)),
      [],
    )
    t.comment(`off: ${Math.round(rss(server.child.pid))} MB`)
    server.child.kill('SIGTERM')
    t.equal(await server.exited, 0)
  }
  t.same(bodies, [])
})

t.test(
  'with tracing, each request and each statement has a span in the trace of the caller, without data of the client',
  async (t) => {
    const server = await start(asking)
    t.match(readFileSync(modules, 'utf8'), /@opentelemetry/)
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const caller = 'b7ad6b7169203331'
    const email = 'secret-name@example.com'
    const body = JSON.stringify({ email, password })
    const headers = { 'content-type': 'application/json', traceparent: `00-${trace}-${caller}-01` }
    const answer = await fetch(`${server.baseUrl}/auth/register?hint=secret-query`, { method: 'POST', headers, body })
    const pair = (await answer.json()) as { access_token: string; refresh_token: string }
    t.equal(answer.status, 201)
    await call(`${server.baseUrl}/auth/whoami`, { token: pair.access_token })
    t.equal(await refreshSlowly(server.baseUrl, pair.refresh_token), 200)
    await call(`${server.baseUrl}/nowhere/secret-path`)
    for (let i = 0; i < 100 && !spans().some(({ name }) => name.endsWith('unmatched')); i++) await pause(50)
    t.comment(`on: ${Math.round(rss(server.child.pid))} MB`)
    server.child.kill('SIGTERM')
    t.equal(await server.exited, 0)

    const own = spans().find(({ name }) => name === 'POST /auth/register')
    if (!own)
      throw new Error(
        `no span of the request: ${spans()
          .map(({ name }) => name)
          .join()}`,
      )
    t.match(own, { traceId: trace, parentSpanId: caller, kind: 2 })
    t.equal(valueOf(own, 'http.response.status_code'), 201)
    const statements = spans().filter(({ kind, traceId }) => kind === 3 && traceId === trace)
    t.ok(statements.length >= 2 && statements.every((one) => one.parentSpanId === own.spanId), `${statements.length}`)
    const slow = spans().find(({ name }) => name === 'POST /auth/refresh')
    t.ok(
      spans().some(({ kind, parentSpanId }) => kind === 3 && parentSpanId === slow?.spanId),
      'also where the body came later than the rest',
    )
    const requests = new Set(spans().flatMap(({ kind, spanId }) => (kind === 2 ? [spanId] : [])))
    const strays = spans().filter(({ kind, parentSpanId = '' }) => kind === 3 && !requests.has(parentSpanId))
    t.same(strays, [], 'what the node does by itself is not traced')
    t.ok(spans().some(({ name }) => name === 'GET unmatched'))
    const resource = bodies[0]?.resourceSpans[0]?.resource.attributes.find(({ key }) => key === 'service.name')
    t.equal(resource?.value.stringValue, 'auth-eu')
    const sent = JSON.stringify(bodies)
    for (const secret of ['secret-', password, pair.access_token, pair.refresh_token])
      t.notOk(sent.includes(secret), secret)
    const line = server
      .output()
      .split('\n')
      .find((one) => one.startsWith('{') && one.includes('/auth/register'))
    t.equal(JSON.parse(line ?? '{}').trace_id, trace, 'the log line names the trace')
    t.comment(
      `${spans().length} spans in ${bodies.length} batches, ${statements.length} statements of one registration`,
    )
  },
)

t.test('a server works and stops without its collector', async (t) => {
  const server = await start({ ...asking, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  await register(server.baseUrl)
  await pause(300)
  t.equal((await call(`${server.baseUrl}/readyz`)).status, 200)
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})
