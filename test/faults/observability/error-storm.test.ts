/** The database is away under load. The log of a server stays small, and counts what it leaves out. */
import t from 'tap'
import { register } from '../../setup/client.ts'
import { startLoad } from '../../setup/load.ts'
import { startPostgres } from '../../setup/own-postgres.ts'
import { startServer } from '../../setup/server-process.ts'

type Line = { time: number; msg: string; text?: string; leftOut?: number; err?: { stack: string; code?: string } }

t.test(
  'without a database, each kind of error has one stack a second, and then a count',
  { timeout: 290_000 },
  async (t) => {
    const postgres = await startPostgres(t)
    const server = await startServer({ DATABASE_URL: postgres.url })
    const { refresh_token } = await register(server.baseUrl)
    await postgres.kill()
    const load = startLoad()
    t.teardown(() => load.stop())
    const { statuses } = await load.run({
      url: `${server.baseUrl}/auth/refresh`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token }),
      perSecond: 1500,
      forMs: 5000,
    })
    t.ok((statuses['503'] ?? 0) > 3000, 'the storm came')

    const read = () =>
      server
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.endsWith('}'))
        .map((line): Line => JSON.parse(line))
    const told = (lines: Line[]) =>
      lines.reduce(
        (sum, { msg, text, leftOut = 0 }) =>
          sum + (msg === 'database_unavailable' ? 1 : 0) + (text === 'database_unavailable' ? leftOut : 0),
        0,
      )
    const failed = statuses['503'] ?? 0
    // The last count comes up to two seconds after the last error.
    while (told(read()) < failed) await new Promise((resolve) => setTimeout(resolve, 50))
    server.child.kill('SIGKILL')
    await server.exited

    const stacks = read().filter(({ err }) => err)
    const kinds = Map.groupBy(stacks, ({ msg, err }) => `${msg} ${err?.code ?? err?.stack}`)
    for (const [kind, lines] of kinds) {
      const gaps = lines.slice(1).map(({ time }, i) => time - (lines[i]?.time ?? 0))
      t.ok(Math.min(...gaps, 1000) >= 950, `at most one a second: ${kind.slice(0, 80)}`)
    }
    const bytes = read()
      .filter(({ msg }) => msg !== 'request')
      .reduce((sum, line) => sum + JSON.stringify(line).length, 0)
    t.comment(
      `${failed} refusals: ${stacks.length} stacks of ${kinds.size} kinds, ${bytes} bytes besides the lines of requests`,
    )
    t.ok(bytes < failed * 20, 'a refusal costs few bytes')
  },
)
