/**
 * A node cannot reach the database while users log out on another node. It becomes not ready, and answers no requests if the
 * operator has chosen so. Once it is back, no revoked token is accepted beyond the promised time.
 */
import t from 'tap'
import { call, register, untilServed, whoami } from '../setup/client.ts'
import { pause, promisedMs, timeUntil, untilDenied } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'

t.setTimeout(300_000)
t.jobs = 2

// After thirty seconds the denylist of the node counts as too old. The short form ends before.
const seconds = Number(process.env['PARTITION_SECONDS'] ?? 12)
const notReadyWithinMs = 20_000
const untrustedAfterMs = 30_000

const node = await startNode(t)

const partitions = {
  cut: 'every connection is reset',
  swallow: 'nothing is answered, no connection ends',
} as const

for (const kind of ['cut', 'swallow'] as const) {
  t.test(`${seconds} s without the database: ${partitions[kind]}`, { timeout: 300_000 }, async (t) => {
    const gateway = await openGateway(t, node.databaseUrl)
    const lost = await startServer({
      DATABASE_URL: gateway.url,
      PUBLIC_URL: node.config.publicUrl,
      REVOCATION_STALE: 'closed',
    })
    t.teardown(async () => {
      lost.child.kill('SIGKILL')
      await lost.exited
    })
    const email = (who: string) => `${who}-${kind}@example.com`
    const stays = await register(node.baseUrl, email('stays'))
    const ready = () => call(`${lost.baseUrl}/readyz`).then(({ status }) => status)
    const until = (status: number) => timeUntil(async () => (await ready()) === status)

    gateway[kind]()
    const from = performance.now()
    const elapsed = () => performance.now() - from
    const notReady = until(503)
    const revoked: string[] = []
    const seen = { letIn: 0, refused: 0 }
    while (elapsed() < seconds * 1000) {
      const { access_token } = await register(node.baseUrl, email(`leaves-${revoked.length}`))
      await untilServed(() => call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: access_token }))
      revoked.push(access_token)
      // Requests were accepted before the denylist was too old, and refused afterwards.
      const asked = elapsed()
      const { status } = await whoami(lost.baseUrl, stays.access_token)
      if (status === 200) {
        seen.letIn++
        if (asked > untrustedAfterMs + 100) t.fail(`still trusted after ${asked} ms`)
      } else {
        seen.refused++
        if (status !== 503 || elapsed() < untrustedAfterMs - 1500) t.fail(`${status} after ${elapsed()} ms`)
      }
      await pause(300)
    }
    const notReadyMs = await notReady
    t.ok(notReadyMs < notReadyWithinMs, 'not ready soon')
    t.equal(await ready(), 503, 'and stays so')
    t.equal(seen.refused > 0, seconds * 1000 > untrustedAfterMs, 'not trusted after thirty')
    t.equal(lost.child.exitCode, null, 'it lives')

    gateway.heal()
    const [took, readyMs] = await Promise.all([
      Promise.all(revoked.map((token) => untilDenied(lost, token))),
      until(200),
    ])
    t.ok(Math.max(...took) < promisedMs, `back, it denies within ${promisedMs} ms`)
    t.equal((await whoami(lost.baseUrl, stays.access_token)).status, 200, 'and lets in who has not left')
    t.comment(
      `not ready after ${notReadyMs} ms; ${seen.letIn} requests let in, ${seen.refused} refused; back: ` +
        `${revoked.length} revoked tokens denied after ${Math.max(...took)} ms, ready after ${readyMs} ms`,
    )
  })
}
