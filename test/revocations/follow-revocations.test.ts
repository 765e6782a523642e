import pg from 'pg'
import t from 'tap'
import { createMonotonicClock } from '../../src/clock/monotonic-clock.ts'
import { openRevocationReader } from '../../src/revocations/revocation-store.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { pause, untilDenied } from '../setup/denial.ts'
import { type Node, startNode } from '../setup/node.ts'

const node = await startNode(t)
const { databaseUrl } = node
const other = await startNode(t, { databaseUrl })
const polling = await startNode(t, { databaseUrl, env: { REVOCATION_LISTEN: 'off' } })

const logout = (at: Node, token: string) => call(`${at.baseUrl}/auth/logout`, { method: 'POST', token })

async function operator(t: { teardown: (fn: () => Promise<void>) => void }) {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('the node that handles a logout denies the session before it answers', async (t) => {
  // This node reads revocations once a second, so it cannot have learnt of the logout from the database.
  for (let i = 0; i < 5; i++) {
    const { access_token } = await register(polling.baseUrl)
    t.equal((await logout(polling, access_token)).status, 204)
    t.equal((await whoami(polling.baseUrl, access_token)).status, 401)
  }
})

t.test('a clock that is set back does not revive a revoked token', async (t) => {
  let machine = Date.now()
  const clock = createMonotonicClock(() => machine)
  const wound = await startNode(t, { databaseUrl, clock })
  const { access_token } = await register(wound.baseUrl)
  await logout(wound, access_token)
  const { rows } = await wound.database.pool.query('SELECT max(seq) AS seq FROM revocations')
  while (wound.revocations.stats().lastSeq < BigInt(rows[0].seq)) await pause(10)
  machine += 2 * 3600_000
  // The node removes its entries, because their tokens have expired.
  while (wound.revocations.stats().size > 0) await pause(10)
  machine -= 2 * 3600_000
  t.equal((await whoami(wound.baseUrl, access_token)).status, 401)
})

t.test('other nodes deny the session soon after, with LISTEN or by reading every second', async (t) => {
  const { access_token } = await register(node.baseUrl)
  t.equal((await whoami(polling.baseUrl, access_token)).status, 200)
  await logout(node, access_token)
  const [listening, reading] = await Promise.all([untilDenied(other, access_token), untilDenied(polling, access_token)])
  t.comment(`denied after ${listening} ms with LISTEN, after ${reading} ms without it`)
})

t.test('a reuse, an operator’s SQL, a deletion and a raised token version reach every node', async (t) => {
  const client = await operator(t)
  const causes: Record<string, (pair: Awaited<ReturnType<typeof register>>) => Promise<unknown>> = {
    'a refresh token used twice': async ({ refresh_token }) => {
      const next = await refresh(node.baseUrl, refresh_token)
      await refresh(node.baseUrl, next.body.refresh_token)
      await refresh(node.baseUrl, refresh_token)
    },
    'an operator’s SQL': ({ session_id }) =>
      client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [session_id]),
    'a deleted account': ({ user }) => client.query('DELETE FROM users WHERE id = $1', [user.id]),
    'a raised token version': ({ user }) =>
      client.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [user.id]),
  }
  for (const [name, cause] of Object.entries(causes)) {
    const pair = await register(node.baseUrl)
    await cause(pair)
    await t.resolves(untilDenied(other, pair.access_token), name)
  }
})

t.test('a raised token version does not deny tokens that are issued later', async (t) => {
  const { user, access_token: earlier } = await register(node.baseUrl)
  await node.database.pool.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [user.id])
  const { body } = await call(`${node.baseUrl}/auth/login`, { body: { email: user.email, password } })
  await untilDenied(other, earlier)
  t.equal((await whoami(other.baseUrl, String(body['access_token']))).status, 200)
})

t.test('nodes do not miss a revocation whose transaction stays open while later ones commit', async (t) => {
  const client = await operator(t)
  const [early, late] = [await register(node.baseUrl), await register(node.baseUrl)]
  await client.query('BEGIN')
  await client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [early.session_id])
  await logout(node, late.access_token)
  await untilDenied(other, late.access_token)
  await untilDenied(polling, late.access_token)
  t.equal((await whoami(other.baseUrl, early.access_token)).status, 200, 'nothing is denied before it is committed')
  await client.query('COMMIT')
  await t.resolves(Promise.all([untilDenied(other, early.access_token), untilDenied(polling, early.access_token)]))
})

t.test(
  'a node does not miss a revocation whose transaction is open at its first read and ends before its second',
  async (t) => {
    const client = await operator(t)
    const lost = () => {}
    const reader = await openRevocationReader({
      connectionString: databaseUrl,
      listen: false,
      onNotify: lost,
      onLost: lost,
    })
    t.teardown(() => reader.close())
    const [early, late] = [await register(node.baseUrl), await register(node.baseUrl)]
    await client.query('BEGIN')
    await client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [early.session_id])
    await logout(node, late.access_token)
    const subjects = async () => {
      const seen = new Set<string>()
      await reader.read(({ subject }) => seen.add(subject))
      return [late, early].map(({ session_id }) => seen.has(session_id))
    }
    t.same(await subjects(), [true, false])
    await client.query('COMMIT')
    const [, isEarlySeen] = await subjects()
    t.equal(isEarlySeen, true)
  },
)

t.test('nodes miss no revocation when their connections are cut again and again', async (t) => {
  const client = await operator(t)
  const cut = () =>
    client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'countersign revocations'`,
    )
  for (const ms of [0, 1, 5, 20, 200]) {
    const { access_token } = await register(node.baseUrl)
    const cutting = pause(ms).then(cut)
    await logout(node, access_token)
    await cutting
    await t.resolves(Promise.all([untilDenied(other, access_token), untilDenied(polling, access_token)]), `${ms} ms`)
  }
})

t.test('a node that starts later knows earlier revocations', async (t) => {
  const { access_token } = await register(node.baseUrl)
  await logout(node, access_token)
  const late = await startNode(t, { databaseUrl })
  t.equal((await whoami(late.baseUrl, access_token)).status, 401)
})

t.test('revocations are removed when all tokens that they deny have expired', async (t) => {
  const client = await operator(t)
  const age = (hours: number) =>
    client.query(
      `INSERT INTO revocations (kind, subject, user_id, created_at)
       VALUES ('session', gen_random_uuid(), gen_random_uuid(), now() - $1 * interval '1 hour') RETURNING seq`,
      [hours],
    )
  const [old, young] = [(await age(3)).rows[0].seq, (await age(1)).rows[0].seq]
  await startNode(t, { databaseUrl })
  const left = await client.query('SELECT seq FROM revocations WHERE seq = ANY($1)', [[old, young]])
  t.same(left.rows, [{ seq: young }])
})

t.test('the default check does no I/O', async (t) => {
  const { access_token } = await register(other.baseUrl)
  let acquired = 0
  other.database.pool.on('acquire', () => acquired++)
  for (let i = 0; i < 20; i++) t.equal((await whoami(other.baseUrl, access_token)).status, 200)
  t.equal(acquired, 0)
})
