/** The alerts and the dashboard of deploy/ read metrics that a node has, and each alert fires when it should. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parse, stringify } from 'yaml'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { startServer } from '../../setup/server-process.ts'
import { run } from './programs.ts'

t.setTimeout(290_000)

type Rules = { groups: { rules: { alert: string; expr: string }[] }[] }
type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] }

const { groups } = parse(await readFile('deploy/prometheus/rules.yaml', 'utf8')) as Rules
const rules = groups.flatMap((group) => group.rules)
const { panels } = JSON.parse(await readFile('deploy/grafana/dashboard.json', 'utf8')) as Dashboard
const promtool = (...args: string[]) => run('promtool', args, 'deploy/prometheus')

t.test('promtool accepts the rules, and each alert fires on its series and on no other', async (t) => {
  await t.resolves(promtool('check', 'config', '--syntax-only', 'prometheus.yaml'))
  await t.resolves(promtool('check', 'rules', 'rules.yaml'))
  await t.resolves(promtool('test', 'rules', 'rules.test.yaml'))
  const tests = await readFile('deploy/prometheus/rules.test.yaml', 'utf8')
  for (const { alert } of rules) t.match(tests, `alertname: ${alert}`, alert)
})

t.test('every metric exists at a node', async (t) => {
  const database = await createDatabase()
  t.teardown(database.drop)
  const port = await freePort()
  const node = await startServer({ DATABASE_URL: database.url, METRICS_PORT: String(port) })
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const existing = new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', kind]) =>
      kind === 'histogram' ? [`${name}_count`, `${name}_bucket`, `${name}_sum`] : [name],
    ),
  )
  const expressions = [...rules, ...panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr)
  const named = new Set(expressions.flatMap((expr) => expr.match(/\b(?:countersign|process|nodejs)_\w+/g) ?? []))
  t.ok(named.size > 15)
  t.same([...named.difference(existing)], [])
  node.child.kill('SIGTERM')
  await node.exited
})

t.test('every expression of the dashboard is valid', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'panels-'))
  t.teardown(() => rm(directory, { recursive: true }))
  const expressions = panels.flatMap(({ targets }) => targets).map(({ expr }) => expr)
  const asRules = expressions.map((expr, i) => ({
    record: `panel:${i}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }))
  const file = join(directory, 'panels.yaml')
  await writeFile(file, stringify({ groups: [{ name: 'panels', rules: asRules }] }))
  await t.resolves(promtool('check', 'rules', file))
})

t.test('the guide explains every alert, and no other', async (t) => {
  const guide = await readFile('docs/guides/monitoring.md', 'utf8')
  const explained = [...guide.matchAll(/^\| `(Countersign\w+)`/gm)].map(([, name = '']) => name)
  t.same(new Set(explained), new Set(rules.map(({ alert }) => alert)))
})
