/** Every cause that ends tokens appears in the feed, with the members that a verifier needs and no others. */
import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { compactVerify, createLocalJWKSet } from 'jose'
import t from 'tap'
import { toRevocation } from '../../../src/revocations/feed-document.ts'
import { call, refresh, register } from '../../setup/client.ts'
import { testSecret } from '../../setup/node.ts'
import { ask, catchUp, startFeedNode } from './follow.ts'

const node = await startFeedNode(t)
const sql = (text: string, values: unknown[]) => node.database.pool.query(text, values)

/** The entries that a cause adds to the feed, without their times. Checks that the times are of now. */
async function toldOf(cause: () => Promise<unknown>) {
  const { next } = await catchUp(node)
  const from = Date.now()
  await cause()
  const { told } = await catchUp(node, next)
  return told.map(({ at, ...rest }) => {
    if (at < from - 1000 || at > Date.now() + 1000) throw new Error(`at ${at}`)
    return rest
  })
}

t.test('the feed has an entry for a session that ends', async (t) => {
  type Session = Awaited<ReturnType<typeof register>>
  const causes: Record<string, (session: Session) => Promise<unknown>> = {
    'by logout': (one) => call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: one.refresh_token } }),
    'by reuse of a refresh token': async (one) => {
      const { body } = await refresh(node.baseUrl, one.refresh_token)
      await refresh(node.baseUrl, body.refresh_token)
      t.equal((await refresh(node.baseUrl, one.refresh_token)).status, 401)
    },
    'by an operator’s SQL': (one) => sql('UPDATE sessions SET revoked_at = now() WHERE id = $1', [one.session_id]),
    'with its row': (one) => sql('DELETE FROM sessions WHERE id = $1', [one.session_id]),
  }
  for (const [how, end] of Object.entries(causes)) {
    const session = await register(node.baseUrl)
    const { session_id: id, user } = session
    t.strictSame(await toldOf(() => end(session)), [{ kind: 'session', id, sub: user.id }], how)
  }
})

t.test('the feed has one entry for a deleted user, which covers all sessions', async (t) => {
  const { id } = (await register(node.baseUrl)).user
  const told = await toldOf(() => sql('DELETE FROM users WHERE id = $1', [id]))
  t.strictSame(told, [{ kind: 'user', id, tv: 2 ** 31 - 1 }])
})

t.test('the feed has no entry for a session that had ended before its row was deleted', async (t) => {
  const [expired, ended] = [await register(node.baseUrl), await register(node.baseUrl)]
  await sql(`UPDATE sessions SET idle_expires_at = now() - interval '1 s' WHERE id = $1`, [expired.session_id])
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: ended.refresh_token } })
  const ids = [expired.session_id, ended.session_id]
  t.strictSame(await toldOf(() => sql('DELETE FROM sessions WHERE id = ANY($1)', [ids])), [])
})

t.test('the feed has an entry for a raised token version, and for no other change of a user', async (t) => {
  const { id } = (await register(node.baseUrl)).user
  const raise = (by: number) =>
    toldOf(() => sql('UPDATE users SET token_version = token_version + $2 WHERE id = $1', [id, by]))
  t.strictSame(await raise(1), [{ kind: 'user', id, tv: 1 }])
  t.strictSame(await raise(5), [{ kind: 'user', id, tv: 6 }])
  t.strictSame(await raise(0), [])
  t.strictSame(await raise(-6), [])
  t.strictSame(await toldOf(() => sql(`UPDATE users SET name = 'x' WHERE id = $1`, [id])), [])
})

t.test('the feed has an entry for a revoked key, and another key of the JWKS signs the feed soon', async (t) => {
  const { kid } = node.keyRing.signing
  const env = { ...process.env, DATABASE_URL: node.databaseUrl, COUNTERSIGN_SECRET: testSecret }
  const revoke = () => promisify(execFile)(process.execPath, ['src/main.ts', 'keys', 'revoke', kid], { env })
  t.strictSame(await toldOf(revoke), [{ kind: 'key', id: kid }])
  while (node.keyRing.verification.some((key) => key.kid === kid)) await sleep(10)
  const jwt = await (await ask(node)).text()
  const { body } = await call<{ keys: [] }>(`${node.baseUrl}/.well-known/jwks.json`)
  const { protectedHeader } = await compactVerify(jwt, createLocalJWKSet(body))
  t.not(protectedHeader.kid, kid)
})

t.test('a verifier reads the same revocations from the feed as a node reads from the database', async (t) => {
  const { told } = await catchUp(node)
  const { rows } = await sql(
    `SELECT kind, subject, user_id AS "userId", min_token_version AS "minTokenVersion",
       floor(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt" FROM revocations ORDER BY seq`,
    [],
  )
  t.same(new Set(told.map(({ kind }) => kind)), new Set(['session', 'user', 'key']))
  t.strictSame(
    told.map(toRevocation),
    rows.map((row) => ({ ...row })),
  )
})
