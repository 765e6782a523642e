/** A service whose feed has no new revocations for a while. */
import t from 'tap'
import { credential, holds, startIssuer, startVerifier } from '../../packages/verify/service.ts'

t.test('a request that waits for revocations gets its response, and causes no error', async (t) => {
  const { node, proxy } = await startIssuer(t)
  const { errors } = startVerifier(t, node, proxy.url, { revocations: credential })
  // The first request loads the denylist. The second one waits for eight seconds.
  t.ok(await holds(() => proxy.asked('feed').length >= 3))
  t.same(errors, [])
})
