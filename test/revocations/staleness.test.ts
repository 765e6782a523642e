/** What a node does while it cannot learn of revocations: its feed's connections go through a gate that can be shut. */
import t from 'tap'
import { createRevocationFollower } from '../../src/revocations/follow-revocations.ts'
import { call, register, whoami } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
t.test('a partitioned feed keeps what it knows, grows old, and catches up by itself', async (t) => {
  const way = await openGateway(t, node.databaseUrl)
  const errors: Error[] = []
  const feed = createRevocationFollower({
    connectionString: way.url,
    listen: true,
    clock: Date.now,
    onError: (e) => errors.push(e),
  })
  t.equal(feed.ageMs(), Infinity, 'not loaded yet')
  await feed.start()
  t.teardown(() => feed.stop())
  const subject = ({ user, session_id }: Awaited<ReturnType<typeof register>>) =>
    ({ userId: user.id, sessionId: session_id, tokenVersion: 0, issuedAt: Date.now() / 1000 }) as never
  const [before, during] = [await register(node.baseUrl), await register(node.baseUrl)]
  await call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: before.access_token })
  while (!feed.isRevoked(subject(before))) await pause(10)

  way.cut()
  await call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: during.access_token })
  await pause(1500)
  t.ok(errors.length > 0 && feed.ageMs() > 1000, 'it notices, and grows old')
  t.equal(feed.isRevoked(subject(before)), true, 'what it knew, it knows')
  t.equal(feed.isRevoked(subject(during)), false, 'what it cannot know, it does not')

  way.heal()
  while (!feed.isRevoked(subject(during)) || feed.ageMs() > 1000) await pause(10)
  t.pass('then it does, and is young again')
})

t.test('a node whose set is old is not ready; what it lets in is the operator’s choice', async (t) => {
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
    t.match(await ready(), { status: 503, body: { code: 'not_ready', retryable: true } }, 'not ready after ten seconds')
    t.equal((await whoami(aging.baseUrl, access_token)).status, 200, 'but still trusted')
    ageMs.value = 30_001
    const answer = await whoami(aging.baseUrl, access_token)
    t.equal(answer.status, status, `${policy} after thirty seconds`)
    if (policy === 'closed') t.equal(answer.headers.get('retry-after'), '5')
    t.equal(
      (await call(`${aging.baseUrl}/auth/me`, { token: access_token })).status,
      200,
      'session-checked routes never mind',
    )
  }
})
