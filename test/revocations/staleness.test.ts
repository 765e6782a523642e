/** How a node behaves while it cannot read revocations. Its connections go through a gateway that the test can cut. */
import t from 'tap'
import { createRevocationFollower } from '../../src/revocations/follow-revocations.ts'
import { call, register, whoami } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
t.test('a node that loses the database keeps its denylist, reports its age, and catches up by itself', async (t) => {
  const way = await openGateway(t, node.databaseUrl)
  const errors: Error[] = []
  const follower = createRevocationFollower({
    connectionString: way.url,
    listen: true,
    clock: Date.now,
    onError: (e) => errors.push(e),
  })
  t.equal(follower.ageMs(), Infinity, 'the denylist is not loaded yet')
  await follower.start()
  t.teardown(() => follower.stop())
  const subject = ({ user, session_id }: Awaited<ReturnType<typeof register>>) =>
    ({ userId: user.id, sessionId: session_id, tokenVersion: 0, issuedAt: Date.now() / 1000 }) as never
  const [before, during] = [await register(node.baseUrl), await register(node.baseUrl)]
  await call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: before.access_token })
  while (!follower.isRevoked(subject(before))) await pause(10)

  way.cut()
  await call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: during.access_token })
  await pause(1500)
  t.ok(errors.length > 0 && follower.ageMs() > 1000, 'the follower reports errors, and the denylist ages')
  t.equal(follower.isRevoked(subject(before)), true, 'the node still denies the session that it knew')
  t.equal(follower.isRevoked(subject(during)), false, 'the node cannot know of the other')

  way.heal()
  while (!follower.isRevoked(subject(during)) || follower.ageMs() > 1000) await pause(10)
  t.pass('the node learns of it after the connection is back, and the denylist is fresh again')
})

t.test(
  'a node with a stale denylist is not ready, and REVOCATION_STALE decides whether it accepts tokens',
  async (t) => {
    for (const [policy, status] of [
      ['open', 200],
      ['closed', 503],
    ] as const) {
      const aging = await startNode(t, { databaseUrl: node.databaseUrl, env: { REVOCATION_STALE: policy } })
      const { access_token } = await register(aging.baseUrl)
      const ageMs = { value: 0 }
      aging.revocations.ageMs = () => ageMs.value
      const ready = () => call(`${aging.baseUrl}/readyz`)
      t.equal((await ready()).status, 200)
      ageMs.value = 10_001
      t.match(
        await ready(),
        { status: 503, body: { code: 'not_ready', retryable: true } },
        'not ready after ten seconds',
      )
      t.equal((await whoami(aging.baseUrl, access_token)).status, 200, 'the denylist is still trusted')
      ageMs.value = 30_001
      const answer = await whoami(aging.baseUrl, access_token)
      t.equal(answer.status, status, `${policy} after thirty seconds`)
      if (policy === 'closed') t.equal(answer.headers.get('retry-after'), '5')
      t.equal(
        (await call(`${aging.baseUrl}/auth/me`, { token: access_token })).status,
        200,
        'routes with the check `session` do not need the denylist',
      )
    }
  },
)
