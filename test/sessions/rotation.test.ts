import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { startNode, testSecret } from '../setup/node.ts'
import { age, row } from '../setup/sessions.ts'

const node = await startNode(t)
const { baseUrl } = node
const tokens = createRefreshTokens(newestInForce([testSecret]))

t.test('the walk: register, call, refresh, repeat, reuse, log in, log out', async (t) => {
  const email = 'walker@example.com'
  const first = await register(baseUrl, email)
  t.equal((await whoami(baseUrl, first.access_token)).status, 200, 'the access token works')

  const second = (await refresh(baseUrl, first.refresh_token)).body
  const repeated = (await refresh(baseUrl, first.refresh_token)).body
  t.equal(repeated.refresh_token, second.refresh_token, 'the old token, repeated at once, gives the same successor')
  t.equal(second.session_id, first.session_id, 'the session stays')
  t.not(second.access_token, first.access_token, 'the access token is new')

  t.equal((await refresh(baseUrl, second.refresh_token)).status, 200, 'the successor works')
  const reused = await refresh(baseUrl, first.refresh_token)
  t.match(reused, { status: 401, body: { code: 'invalid_refresh_token' } }, 'then the old token is theft')
  t.match(await row(node, first.session_id), { last_outcome: 'reused', revoke_reason: 'reuse' })

  const { body: again } = await call(`${baseUrl}/auth/login`, { body: { email, password } })
  const body = { refresh_token: again['refresh_token'] }
  t.equal((await call(`${baseUrl}/auth/logout`, { body })).status, 204, 'log out')
  t.equal((await call(`${baseUrl}/auth/logout`, { body })).status, 204, 'log out again: nothing more happens')
  t.equal((await refresh(baseUrl, String(body.refresh_token))).status, 401, 'nothing is refreshed after a logout')
})

t.test('rotated: the session has a new current token and generation, and the same absolute expiry', async (t) => {
  const pair = await register(baseUrl)
  const before = await row(node, pair.session_id)
  await refresh(baseUrl, pair.refresh_token)
  const after = await row(node, pair.session_id)
  t.match(after, { last_outcome: 'rotated', generation: 1, prev_hash: before.head_hash })
  t.same(after.absolute_expires_at, before.absolute_expires_at)
})

t.test('replayed: within the leeway a repeated request changes nothing and gets the same tokens', async (t) => {
  const pair = await register(baseUrl)
  await refresh(baseUrl, pair.refresh_token)
  const before = await row(node, pair.session_id)
  await age(node, pair.session_id, 8)
  await refresh(baseUrl, pair.refresh_token)
  const { last_outcome, rotated_at: _, ...after } = await row(node, pair.session_id)
  t.equal(last_outcome, 'replayed')
  t.match(before, after)
})

t.test('ahead: a token that is newer than the row means that the database lost writes, and ends nothing', async (t) => {
  const lines: string[] = []
  const logging = await startNode(t, { databaseUrl: node.databaseUrl, log: (line) => lines.push(line) })
  const pair = await register(baseUrl)
  const rows = await node.database.pool.query('SELECT * FROM sessions WHERE id = $1', [pair.session_id])
  const lost = (await refresh(baseUrl, pair.refresh_token)).body
  const { head_hash } = rows.rows[0]
  const restore = 'UPDATE sessions SET generation = 0, head_hash = $2, prev_hash = NULL, salt = NULL WHERE id = $1'
  await node.database.pool.query(restore, [pair.session_id, head_hash])
  const answer = await refresh(logging.baseUrl, lost.refresh_token)
  t.match(answer, { status: 401, body: { code: 'invalid_refresh_token' } })
  t.match(await row(node, pair.session_id), { last_outcome: 'ahead', revoked_at: null })
  t.ok(
    lines.some((line) => line.includes('"level":50') && line.includes('lost writes')),
    'an alert is logged',
  )
  t.equal((await refresh(baseUrl, pair.refresh_token)).status, 200, 'the token the row knows still works')
})

t.test('ended: sessions that are idle for too long, expired, revoked, unknown, or of a disabled user', async (t) => {
  const endings = {
    idle: `UPDATE sessions SET idle_expires_at = now() WHERE id = $1`,
    absolute: `UPDATE sessions SET absolute_expires_at = now() WHERE id = $1`,
    revoked: `UPDATE sessions SET revoked_at = now() WHERE id = $1`,
    disabled: `UPDATE users SET disabled_at = now() WHERE id = (SELECT user_id FROM sessions WHERE id = $1)`,
    unknown: `DELETE FROM sessions WHERE id = $1`,
  }
  for (const [name, sql] of Object.entries(endings)) {
    const pair = await register(baseUrl)
    await node.database.pool.query(sql, [pair.session_id])
    // A trigger ends the sessions of a disabled user. Without its effect, the disabling alone must do.
    await node.database.pool.query('UPDATE sessions SET epoch = 9 WHERE id = $1', [pair.session_id])
    const before = await row(node, pair.session_id)
    t.match(await refresh(baseUrl, pair.refresh_token), { status: 401, body: { code: 'invalid_refresh_token' } }, name)
    t.same(await row(node, pair.session_id), before, `${name}: no row changes`)
  }
})

t.test('a refreshed access token carries the current roles and token version', async (t) => {
  const pair = await register(baseUrl)
  const sql = `UPDATE users SET roles = '{editor}', token_version = 7 WHERE id = $1`
  await node.database.pool.query(sql, [pair.user.id])
  const { body } = await refresh(baseUrl, pair.refresh_token)
  const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1] ?? '', 'base64url').toString())
  t.match(claims, { roles: ['editor'], tv: 7, sid: pair.session_id, amr: ['pwd'] })
  t.same(body.user.roles, ['editor'])
})

t.test('each rotation extends the idle expiry, and never beyond the absolute expiry', async (t) => {
  const env = { SESSION_IDLE_SECONDS: '100', SESSION_MAX_SECONDS: '150', ACCESS_TOKEN_SECONDS: '90' }
  const short = await startNode(t, { env })
  const pair = await register(short.baseUrl)
  t.match(pair, { refresh_expires_in: 100, expires_in: 90 })
  const sooner = `UPDATE sessions SET idle_expires_at = statement_timestamp() + interval '50 seconds' WHERE id = $1`
  await short.database.pool.query(sooner, [pair.session_id])
  const extended = (await refresh(short.baseUrl, pair.refresh_token)).body
  t.equal(extended.refresh_expires_in, 100, 'a refresh extends the session')
  const later = `UPDATE sessions SET absolute_expires_at = absolute_expires_at - interval '70 seconds' WHERE id = $1`
  await short.database.pool.query(later, [pair.session_id])
  const { body } = await refresh(short.baseUrl, extended.refresh_token)
  t.ok(body.refresh_expires_in <= 80, 'clipped to the absolute end')
  t.equal(body.expires_in, body.refresh_expires_in, 'and the access token does not outlive the session')
})

t.test('100 requests with one token at once, on two nodes: one successor, and the session stays active', async (t) => {
  const other = await startNode(t, { databaseUrl: node.databaseUrl })
  const pair = await register(baseUrl)
  const urls = Array.from({ length: 100 }, (_, i) => (i % 2 ? baseUrl : other.baseUrl))
  const answers = await Promise.all(urls.map((url) => refresh(url, pair.refresh_token)))
  t.same([...new Set(answers.map(({ status }) => status))], [200])
  t.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1)
  t.match(await row(node, pair.session_id), { generation: 1, revoked_at: null })
})

t.test('a refresh takes one connection of the pool, once', async (t) => {
  const pair = await register(baseUrl)
  let acquired = 0
  node.database.pool.on('acquire', () => acquired++)
  await refresh(baseUrl, pair.refresh_token)
  t.equal(acquired, 1)
})

t.test('nobody is logged out while the server secret is replaced node by node', async (t) => {
  const newer = 'a newer secret that is also only good for tests'
  const old = await startNode(t)
  const both = await startNode(t, {
    databaseUrl: old.databaseUrl,
    env: { COUNTERSIGN_SECRET: `${newer},${testSecret}` },
  })
  const pair = await register(old.baseUrl)
  const next = await refresh(both.baseUrl, pair.refresh_token)
  t.equal(next.status, 200, 'a token of the old node')
  const replayed = await refresh(old.baseUrl, pair.refresh_token)
  t.equal(replayed.body.refresh_token, next.body.refresh_token, 'both derive the same successor')
  const after = await refresh(old.baseUrl, next.body.refresh_token)
  t.equal(after.status, 200, 'the old node reads what the new one made: the new secret is not in force yet')

  // A node that still has only the old secret, which the other node no longer has.
  while (both.keyRing.secretInForce !== 0 || old.keyRing.isCurrent) {
    // The old node says again and again that it is there, so its row must be made old each time.
    await both.database.pool.query(`UPDATE nodes SET seen_at = now() - interval '1 hour'`)
    await sleep(50)
  }
  const renewed = await refresh(both.baseUrl, after.body.refresh_token)
  t.equal(renewed.status, 200, 'a token of the old secret, the new one being in force')
  for (const token of [after.body.refresh_token, renewed.body.refresh_token]) {
    const stuck = await refresh(old.baseUrl, token)
    t.match(stuck, { status: 503, body: { code: 'not_ready', retryable: true } }, 'a node that lacks it says so')
  }
})

t.test('a refresh token is accepted in one spelling only', (t) => {
  const id = '00112233-4455-6677-8899-aabbccddeeff'
  const text = tokens.format({ mode: 'bearer', sessionId: id, generation: 3, secret: tokens.newSecret() })
  t.match(tokens.parse(text, 'bearer'), { mode: 'bearer', sessionId: id, generation: 3 })
  const [head = '', session = '', generation = '', secret = '', tag = ''] = text.split('.')
  const forged = [
    '',
    'cs1',
    `${text}.`,
    ` ${text}`,
    `${text}\n`,
    text.replace('cs1', 'CS1'),
    text.replace('cs1', 'cs2'),
    [head, session, '4', secret, tag].join('.'),
    [head, session, '03', secret, tag].join('.'),
    [head, session, '-3', secret, tag].join('.'),
    [head, session, '1e0', secret, tag].join('.'),
    [head, session, generation, secret, 'A'.repeat(22)].join('.'),
    [head, session, generation, secret, tag.slice(1)].join('.'),
    [head, session, generation, `${secret}=`, tag].join('.'),
    [head, session, generation, tokens.newSecret().toString('base64url'), tag].join('.'),
    createRefreshTokens(newestInForce(['another secret, of another server altogether'])).format({
      mode: 'bearer',
      sessionId: id,
      generation: 3,
      secret: tokens.newSecret(),
    }),
  ]
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
  const endings = alphabet.filter((last) => tokens.parse(text.slice(0, -1) + last, 'bearer') !== undefined)
  t.same(endings, [text.at(-1)], 'of all last characters, one')
  for (const token of forged) t.equal(tokens.parse(token, 'bearer'), undefined, JSON.stringify(token))
  t.end()
})
