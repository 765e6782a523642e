/** The feed refuses requests that wait, and says for how long to stay away. */
import t, { type Test } from 'tap'
import { type Answer, always } from '../../packages/verify/proxy.ts'
import { credential, holds, startIssuer, startVerifier } from '../../packages/verify/service.ts'

/** The milliseconds from each refusal of a request that waits to the next request, until there are so many. */
async function gapsAfter(t: Test, retryAfter: string | undefined, most: number) {
  const { node, proxy } = await startIssuer(t)
  const refusal = always(429, '{}', retryAfter === undefined ? {} : { 'retry-after': retryAfter })
  const gaps: number[] = []
  let refusedAt: number | undefined
  proxy.meddle('feed', async (ask, query): Promise<Answer | 'cut'> => {
    if (refusedAt !== undefined) gaps.push(performance.now() - refusedAt)
    refusedAt = undefined
    if (!query.has('wait')) return ask()
    refusedAt = performance.now()
    return refusal(ask, query)
  })
  const follower = startVerifier(t, node, proxy.url, { revocations: { ...credential, stale: 'closed' } })
  let oldestMs = 0
  t.ok(await holds(follower.verifier.isReady))
  const seen = await holds(() => {
    oldestMs = Math.max(oldestMs, follower.verifier.revocations()?.ageMs ?? Infinity)
    return gaps.length >= most
  })
  t.ok(seen)
  return { gaps, oldestMs, errors: follower.errors }
}

t.test('it stays away for as long as Retry-After says', async (t) => {
  const { gaps, errors } = await gapsAfter(t, '3', 2)
  for (const gap of gaps) t.ok(gap > 2900 && gap < 9000, `${Math.round(gap)} ms`)
  t.equal(errors.length, 1)
})

t.test('without Retry-After it stays away for a second', async (t) => {
  for (const retryAfter of [undefined, '0', '-5', 'Wed, 21 Oct 2015 07:28:00 GMT', 'x']) {
    const { gaps } = await gapsAfter(t, retryAfter, 2)
    for (const gap of gaps) t.ok(gap > 900 && gap < 8000, `${retryAfter}: ${Math.round(gap)} ms`)
  }
})

t.test('a Retry-After of an hour does not make its denylist stale', async (t) => {
  const { gaps, oldestMs, errors } = await gapsAfter(t, '3600', 2)
  for (const gap of gaps) t.ok(gap > 9000 && gap < 25_000, `${Math.round(gap)} ms`)
  t.ok(oldestMs < 30_000, `the denylist was ${Math.round(oldestMs)} ms old at most`)
  t.equal(errors.length, 1)
})

t.test('a refusal of a request that does not wait is reported each time, because the denylist ages', async (t) => {
  const { node, proxy } = await startIssuer(t)
  proxy.meddle('feed', always(429, '{}'))
  const { verifier, errors } = startVerifier(t, node, proxy.url, { revocations: credential })
  t.ok(await holds(() => errors.length >= 2))
  t.notOk(verifier.isReady())
})
