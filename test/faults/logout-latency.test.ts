/** Measures how soon after a logout on one of three nodes the others deny the token, with traffic on all of them. */
import t from 'tap'
import { call, password, register, untilServed, whoami } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { untilDenied } from '../setup/denial.ts'
import { type ServerProcess, startServer } from '../setup/server-process.ts'

const isLong = process.env['LOGOUTS'] !== undefined
const logouts = Number(process.env['LOGOUTS'] ?? 30)
// On a machine that does other work, a moment of it delays several logouts. So the short form judges the median.
const judged = isLong ? 0.99 : 0.5

/** Keeps a node busy until the signal. Returns the number of requests. */
async function traffic({ baseUrl }: ServerProcess, token: string, stop: AbortSignal): Promise<number> {
  let requests = 0
  while (!stop.aborted) {
    await whoami(baseUrl, token)
    requests++
  }
  return requests
}

t.setTimeout(600_000)

for (const { listen, promisedMs, atOnce } of [
  { listen: 'on', promisedMs: 250, atOnce: 1 },
  { listen: 'off', promisedMs: 3000, atOnce: 20 },
]) {
  t.test(`${logouts} logouts with LISTEN ${listen}`, { timeout: 600_000 }, async (t) => {
    const { url, drop } = await createDatabase()
    t.teardown(drop)
    const env = { DATABASE_URL: url, PUBLIC_URL: 'https://auth.example.test', LOG_LEVEL: 'warn' }
    const node = () => startServer({ ...env, REVOCATION_LISTEN: listen })
    const nodes = await Promise.all([node(), node(), node()])
    const [first, ...others] = nodes
    const { user, access_token } = await register(first.baseUrl)
    const stop = new AbortController()
    const running = nodes.map((each) => traffic(each, access_token, stop.signal))

    const logoutAndWait = async (): Promise<number[]> => {
      const login = () => call(`${first.baseUrl}/auth/login`, { body: { email: user.email, password } })
      const token = String((await untilServed(login)).body['access_token'])
      const { status } = await untilServed(() => call(`${first.baseUrl}/auth/logout`, { method: 'POST', token }))
      if (status !== 204) throw new Error(`logout answered ${status}`)
      const [own, ...elsewhere] = await Promise.all([
        whoami(first.baseUrl, token),
        ...others.map((other) => untilDenied(other, token)),
      ])
      if (own.status !== 401) throw new Error('the node itself lets it in')
      return elsewhere
    }
    const seen: number[] = []
    while (seen.length < 2 * logouts) {
      seen.push(...(await Promise.all(Array.from({ length: atOnce }, logoutAndWait))).flat())
    }
    stop.abort()
    const requests = await Promise.all(running)
    for (const { child, exited } of nodes) {
      child.kill('SIGTERM')
      await exited
    }
    seen.sort((a, b) => a - b)
    const at = (share: number) => Math.round(seen[Math.ceil(seen.length * share) - 1] ?? 0)
    t.comment(`from 204 to 401 elsewhere: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`)
    t.comment(`while the nodes answered ${requests.join(', ')} other requests`)
    t.ok(at(judged) < promisedMs, `${judged} of all within ${promisedMs} ms`)
  })
}
