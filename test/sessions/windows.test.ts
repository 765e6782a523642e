/** The two windows in which a used refresh token is still accepted: the leeway, and the fork window after it. */
import t from 'tap'
import { refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { age, row } from '../setup/sessions.ts'

const node = await startNode(t)
const { baseUrl } = node

for (const [used, other] of [
  ['head', 'fork'],
  ['fork', 'head'],
] as const) {
  t.test(
    `forked: a late repetition gets a fork beside the head; if the ${used} is used, the ${other} is theft`,
    async (t) => {
      const pair = await register(baseUrl)
      const head = (await refresh(baseUrl, pair.refresh_token)).body.refresh_token
      await age(node, pair.session_id, 11)
      const before = await row(node, pair.session_id)
      const forked = await refresh(baseUrl, pair.refresh_token)
      t.equal(forked.status, 200)
      const fork = forked.body.refresh_token
      t.not(fork, head)
      const again = await refresh(baseUrl, pair.refresh_token)
      t.equal(again.body.refresh_token, fork, 'a further repetition gets the same fork')
      const { last_outcome, fork_hash, fork_salt, ...rest } = await row(node, pair.session_id)
      t.equal(last_outcome, 'forked')
      t.match(
        { ...before, fork_hash, fork_salt, last_outcome: 'rotated' },
        { ...before, ...rest, fork_hash, fork_salt, last_outcome: 'rotated' },
        'nothing else changes',
      )

      const candidates = { head, fork }
      const next = await refresh(baseUrl, candidates[used])
      t.equal(next.status, 200, `the ${used} works`)
      t.match(await row(node, pair.session_id), { generation: 2, fork_hash: null, fork_salt: null })
      t.equal(
        (await refresh(baseUrl, candidates[used])).body.refresh_token,
        next.body.refresh_token,
        'and may be repeated',
      )
      t.equal((await refresh(baseUrl, candidates[other])).status, 401, `the ${other} does not work any more`)
      t.match(await row(node, pair.session_id), { last_outcome: 'reused', revoke_reason: 'reuse' })
    },
  )
}

t.test('a request that was stuck until its client has stored the successor logs nobody out', async (t) => {
  let pair = await register(baseUrl)
  for (const url of [baseUrl, node.baseUrl]) {
    const stuck = pair.refresh_token
    pair = (await refresh(url, stuck)).body
    await age(node, pair.session_id, 11)
    t.equal((await refresh(baseUrl, stuck)).status, 200, 'the stuck request arrives after the leeway')
  }
  t.equal((await refresh(baseUrl, pair.refresh_token)).status, 200, 'the successor that the client holds works')
})

t.test('with both windows 0 each refresh token works once', async (t) => {
  const env = { REFRESH_LEEWAY_SECONDS: '0', REFRESH_FORK_SECONDS: '0' }
  const strict = await startNode(t, { env })
  const pair = await register(strict.baseUrl)
  const next = (await refresh(strict.baseUrl, pair.refresh_token)).body
  t.match(await refresh(strict.baseUrl, pair.refresh_token), { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await row(strict, pair.session_id), { last_outcome: 'reused', revoke_reason: 'reuse' })
  t.equal((await refresh(strict.baseUrl, next.refresh_token)).status, 401, 'and the session has ended')
})

t.test('after both windows a repeated token is theft, and is told apart by the time of its exchange', async (t) => {
  const env = { REFRESH_LEEWAY_SECONDS: '86400', REFRESH_FORK_SECONDS: '100000' }
  const patient = await startNode(t, { env })
  const pair = await register(patient.baseUrl)
  const next = (await refresh(patient.baseUrl, pair.refresh_token)).body
  const repeated = async () => {
    const { body } = await refresh(patient.baseUrl, pair.refresh_token)
    return [body.refresh_token, (await row(patient, pair.session_id)).last_outcome]
  }
  await age(patient, pair.session_id, 86_300)
  t.same(await repeated(), [next.refresh_token, 'replayed'], 'two holders share one successor for a day')
  await age(patient, pair.session_id, 200)
  const [fork, outcome] = await repeated()
  t.equal(outcome, 'forked')
  t.not(fork, next.refresh_token)
  await age(patient, pair.session_id, 100_000)
  t.same(await repeated(), [undefined, 'reused'])
})
