/** A service cannot read the feed for half a minute of real time: the two policies, and how they recover. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { always } from '../../packages/verify/proxy.ts'
import { credential, holds, startIssuer, startVerifier } from '../../packages/verify/service.ts'
import { call, register } from '../../setup/client.ts'

t.test('after 30 seconds without the feed, `open` accepts tokens and `closed` answers 503', async (t) => {
  const { node, proxy } = await startIssuer(t)
  const { access_token: token } = await register(node.baseUrl)
  const gone = await register(node.baseUrl)
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: gone.refresh_token } })
  const unset = startVerifier(t, node, proxy.url, { revocations: credential })
  const open = startVerifier(t, node, proxy.url, { revocations: { ...credential, stale: 'open' } })
  const closed = startVerifier(t, node, proxy.url, { revocations: { ...credential, stale: 'closed' } })
  const all = [unset, open, closed]
  t.ok(await holds(() => all.every(({ verifier }) => verifier.isReady())))
  const signals = await Promise.all(all.map(async ({ verifier }) => verifier.signalFor(await verifier.verify(token))))
  const aborted = () => signals.map((signal) => signal.aborted)
  const from = performance.now()
  proxy.meddle('feed', always(500))
  const { refresh_token } = await register(node.baseUrl)
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token } })

  await sleep(from + 26_000 - performance.now())
  for (const { verdict, verifier } of all) {
    t.equal(await verdict(token), 'let in', 'the denylist is not stale yet')
    const { ageMs = 0 } = verifier.revocations() ?? {}
    t.ok(ageMs > 25_000 && ageMs < 30_000, `the denylist is ${Math.round(ageMs)} ms old`)
  }
  t.same(aborted(), [false, false, false], 'and connections stay open')
  await sleep(from + 31_000 - performance.now())
  for (const { verdict } of [unset, open]) t.equal(await verdict(token), 'let in')
  await t.rejects(closed.verifier.verify(token), { code: 'not_ready', statusCode: 503, retryAfterSeconds: 5 })
  t.equal(await closed.verdict(token, { check: 'signature' }), 'let in')
  t.ok(await holds(() => signals[2]!.aborted), '`closed` ends the connections that are open')
  t.match(signals[2]?.reason, { code: 'not_ready' })
  t.same(aborted(), [false, false, true])
  for (const { verdict } of all) {
    t.equal(await verdict(gone.access_token), 'token_revoked', 'a known revocation still denies its token')
    t.equal(await verdict('a.b.c'), 'invalid_token', 'an invalid token is still refused')
  }
  t.ok(closed.errors.length > 0, `it reports: ${closed.errors[0]}`)

  proxy.meddle('feed')
  t.ok(await holds(async () => (await closed.verdict(token)) === 'let in', 7), 'and again, although there is no news')
})
