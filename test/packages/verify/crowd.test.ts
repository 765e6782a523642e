/** A service has more instances than may wait at the feed. Those that find no place ask without waiting. */
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { startProxy } from './proxy.ts'
import { credential, holds, startIssuer, startVerifier } from './service.ts'

t.test('an instance that may not wait follows the feed all the same, and reports that once', async (t) => {
  const { node } = await startIssuer(t, { env: { WAITS_PER_SERVICE: '1' } })
  const { access_token: token, refresh_token } = await register(node.baseUrl)
  const instances = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const proxy = await startProxy(t, node.baseUrl)
      const count = { refused: 0, polled: 0, waited: 0 }
      proxy.meddle('feed', async (ask, query) => {
        const answer = await ask()
        if (answer.status === 429) count.refused++
        else if (query.has('wait')) count.waited++
        else count.polled++
        return answer
      })
      return { count, ...startVerifier(t, node, proxy.url, { revocations: { ...credential, stale: 'closed' } }) }
    }),
  )
  t.ok(
    await holds(() => instances.some(({ count }) => count.refused > count.waited + 2)),
    'an instance is refused again and again',
  )
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token } })
  for (const { verifier, verdict, errors, count } of instances) {
    t.ok(verifier.isReady())
    t.ok(await holds(async () => (await verdict(token)) === 'token_revoked'), 'every instance hears of the logout')
    t.ok((verifier.revocations()?.ageMs ?? Infinity) < 30_000)
    if (count.refused > 1) t.ok(count.polled > 1, 'it asks without waiting in between')
    // An instance that got a place in between may report anew that it has none.
    t.ok(errors.length <= Math.min(count.refused, count.waited + 1), `${errors.length} reports`)
    for (const message of errors) t.match(message, 'WAITS_PER_SERVICE')
  }
})
