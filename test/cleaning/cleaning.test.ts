import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createCleaning } from '../../src/cleaning/cleaning.ts'
import { advisoryLocks } from '../../src/database/advisory-locks.ts'
import { refresh, register } from '../setup/client.ts'
import { pause } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'
import { addSession, addSessions, countOf, type Place, setUp } from './place.ts'

t.test('sessions are deleted a week after their end, whatever ended them, and not before', async (t) => {
  const place = await setUp(t)
  const stay = {
    live: {},
    'past its idle end': { idle: '-6 days' },
    'past its absolute end': { absolute: '-6 days' },
    revoked: { revoked: '-6 days' },
    'revoked before it would have ended': { revoked: '-1 second', idle: '-1 second' },
    'ended with all others of its user, and its end is known': { epoch: -1, revoked: '-1 second' },
  }
  const go = {
    'idle for long': { idle: '-8 days' },
    'long past its absolute end': { absolute: '-8 days' },
    'revoked long ago': { revoked: '-8 days' },
    'revoked a moment ago, idle for long': { revoked: '-1 minute', idle: '-8 days' },
    'ended with all others of its user': { epoch: -1 },
    'of a deleted user': { user: randomUUID() },
    'of a deleted user, revoked': { user: randomUUID(), revoked: '-1 second' },
  }
  const ids = new Map<string, string>()
  for (const [name, ends] of Object.entries({ ...stay, ...go })) ids.set(await addSession(place, ends), name)
  t.equal(await place.cleaning().round(), Object.keys(go).length)
  const left = await place.query('SELECT id FROM sessions')
  t.same(new Set(left.map(({ id }) => ids.get(id))), new Set(Object.keys(stay)))
  t.equal(await countOf(place, 'revocations'), 0, 'what had ended long ago ends nothing now')
  t.equal(await place.cleaning().round(), 0, 'again: nothing more')
})

t.test(
  'links, codes, used challenges and attempts are deleted when they expire, audit events after AUDIT_DAYS, and given-up mails after 30 days',
  async (t) => {
    const place = await setUp(t)
    const { query, userId } = place
    for (const expires of ['-1 second', '1 hour']) {
      await query(
        `INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
       VALUES (gen_random_uuid(), $1, 'password_reset', $2, 'a', now() + $3::interval)`,
        [userId, randomBytes(32), expires],
      )
      await query(
        `INSERT INTO one_time_tokens (id, purpose, hash, email, email_key, password_hash, expires_at)
       VALUES (gen_random_uuid(), 'registration', $1, 'b', 'b', '', now() + $2::interval)`,
        [randomBytes(32), expires],
      )
    }
    for (const expires of ['-1 second', '1 hour']) {
      const sql = `INSERT INTO email_codes (id, code_hash, mailbox, expires_at) VALUES ($1, '', '', now() + $2::interval)`
      await query(sql, [randomBytes(32), expires])
    }
    for (const expires of ['-1 second', '1 hour']) {
      const sql = `INSERT INTO spent_challenges (hash, expires_at) VALUES ($1, now() + $2::interval)`
      await query(sql, [randomBytes(32), expires])
    }
    for (const expires of ['-1 second', '1 hour']) {
      const sql = `INSERT INTO signin_attempts (id, mode, expires_at) VALUES ($1, 'bearer', now() + $2::interval)`
      await query(sql, [randomBytes(32), expires])
      const device = `INSERT INTO trusted_devices (user_id, device_id, expires_at) VALUES ($1, gen_random_uuid()::text, now() + $2::interval)`
      await query(device, [userId, expires])
    }
    for (const expires of ['-1 second', '1 hour']) {
      const sql = `INSERT INTO attempts (key, count, next_at, expires_at) VALUES ($1, 1, now(), now() + $2::interval)`
      await query(sql, [randomBytes(32), expires])
    }
    for (const at of ['-29 days', '-31 days']) {
      await query(`INSERT INTO audit_events (type, at) VALUES ('logout', now() + $1::interval)`, [at])
    }
    for (const dead of [null, '-29 days', '-31 days']) {
      await query(
        `INSERT INTO mails (id, kind, sealed, dead_at, created_at, next_attempt_at)
       VALUES (gen_random_uuid(), 'x', '', now() + $1::interval, now() - interval '1 year', now() - interval '1 year')`,
        [dead],
      )
    }
    t.equal(await place.cleaning().round(), 9)
    t.equal(await countOf(place, 'spent_challenges WHERE expires_at > now()'), 1)
    t.equal(await countOf(place, 'spent_challenges'), 1)
    t.equal(await countOf(place, 'signin_attempts'), 1)
    t.equal(await countOf(place, 'trusted_devices'), 1)
    t.equal(await countOf(place, `email_codes WHERE expires_at > now()`), 1)
    t.equal(await countOf(place, 'email_codes'), 1)
    t.equal(await countOf(place, `attempts WHERE expires_at > now()`), 1)
    t.equal(await countOf(place, 'attempts'), 1)
    t.equal(await countOf(place, `one_time_tokens WHERE expires_at > now()`), 2, 'of a user, and of nobody yet')
    t.equal(await countOf(place, 'one_time_tokens'), 2)
    t.equal(await countOf(place, `audit_events WHERE at > now() - interval '30 days'`), 1)
    t.equal(await countOf(place, 'audit_events'), 1)
    t.equal(await countOf(place, 'mails WHERE dead_at IS NULL'), 1, 'mail that waits is not dead, however old')
    t.equal(await countOf(place, 'mails'), 2)
  },
)

t.test('one round deletes all expired rows, however many there are, and no others', async (t) => {
  const place = await setUp(t)
  await addSessions(place, 6000)
  await addSessions(place, 3000, '1 hour')
  await addSessions(place, 6000)
  await place.query(
    `INSERT INTO audit_events (type, at) SELECT 'logout', now() - interval '31 days' FROM generate_series(1, 2500)`,
  )
  t.equal(await place.cleaning().round(), 14_500)
  t.equal(await countOf(place, 'sessions'), 3000)
})

t.test('rounds that each read a part of the table reach the whole table', async (t) => {
  const place = await setUp(t)
  await addSessions(place, 20_000, '1 hour')
  await place.query(`UPDATE sessions SET idle_expires_at = now() - interval '8 days'`)
  const overdue = await countOf(place, 'sessions')
  const [{ blocks }] = await place.query(`SELECT pg_relation_size('sessions') / 8192 AS blocks`)
  // A round reads 128 blocks. At the end of the table it may find fewer rows.
  const rounds = Math.ceil(blocks / 128)
  t.ok(rounds > 3)
  const one = place.cleaning({ blocksARound: 1 })
  const removed: number[] = []
  for (let i = 0; i < rounds; i++) removed.push(await one.round())
  t.ok(Math.max(...removed) < overdue, 'none reads it all')
  t.equal(
    removed.reduce((a, b) => a + b),
    overdue,
  )
})

t.test('one node cleans at a time, and the others wait for their next round', async (t) => {
  const place = await setUp(t)
  await addSessions(place, 5)
  const holder = new pg.Client({ connectionString: place.url })
  await holder.connect()
  await holder.query(`BEGIN; SELECT pg_advisory_xact_lock(${advisoryLocks.cleaning})`)
  t.equal(await place.cleaning().round(), 0)
  await holder.end()
  t.equal(await place.cleaning().round(), 5)
  await addSessions(place, 6000)
  const removed = await Promise.all(Array.from({ length: 5 }, () => place.cleaning().round()))
  t.equal(
    removed.reduce((a, b) => a + b),
    6000,
  )
  t.same(place.errors, [])
})

t.test('advisory locks of other jobs do not prevent cleaning', async (t) => {
  const place = await setUp(t)
  const { cleaning: own, ...others } = advisoryLocks
  t.notOk(Object.values<number>(others).includes(own))
  await addSessions(place, 5)
  const holder = new pg.Client({ connectionString: place.url })
  await holder.connect()
  await holder.query('BEGIN')
  for (const lock of Object.values(others)) await holder.query('SELECT pg_advisory_xact_lock($1)', [lock])
  t.equal(await place.cleaning().round(), 5)
  await holder.end()
})

t.test('a locked session is skipped', async (t) => {
  const place = await setUp(t)
  const busy = await addSession(place, { idle: '-8 days' })
  await addSession(place, { idle: '-8 days' })
  const worker = new pg.Client({ connectionString: place.url })
  await worker.connect()
  await worker.query('BEGIN')
  await worker.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [busy])
  t.equal(await place.cleaning().round(), 1, 'and not waited for: it is not released before this')
  t.same(place.errors, [])
  await worker.end()
  t.equal(await place.cleaning().round(), 1)
})

t.test('a cleaned session answers as an ended one does', async (t) => {
  const node = await startNode(t)
  const [gone, stays] = [await register(node.baseUrl), await register(node.baseUrl)]
  await node.database.pool.query(`UPDATE sessions SET idle_expires_at = now() - interval '8 days' WHERE id = $1`, [
    gone.session_id,
  ])
  const before = await refresh(node.baseUrl, gone.refresh_token)
  const cleaning = createCleaning({
    connectionString: node.databaseUrl,
    auditDays: 400,
    onError: (error) => t.fail(error),
  })
  t.equal(await cleaning.round(), 1)
  const after = await refresh(node.baseUrl, gone.refresh_token)
  t.match(after, { status: 401, body: { code: 'invalid_refresh_token' } })
  t.same(Object.keys(after.body), Object.keys(before.body))
  t.equal((await refresh(node.baseUrl, stays.refresh_token)).status, 200)
})

t.test('the job repeats its rounds, survives the loss of the database, and stops promptly', async (t) => {
  const place = await setUp(t)
  const gateway = await openGateway(t, place.url)
  const cleaning = place.cleaning({ everyMs: 20, connectionString: gateway.url })
  const untilCleaned = async () => {
    while ((await countOf(place, 'sessions')) > 0) await pause(10)
  }
  cleaning.start()
  for (let i = 0; i < 2; i++) {
    await addSessions(place, 3)
    await untilCleaned()
  }
  gateway.cut()
  while (place.errors.length === 0) await pause(5)
  await addSessions(place, 3)
  gateway.heal()
  await untilCleaned()
  await cleaning.stop()
  await addSessions(place, 3)
  await sleep(100)
  t.equal(await countOf(place, 'sessions'), 3, 'and then does nothing')
})

const fills = {
  sessions: (place: Place) => addSessions(place, 30_000),
  audit_events: ({ query }: Place) =>
    query(`INSERT INTO audit_events (type, at) SELECT 'x', now() - interval '31 days' FROM generate_series(1, 30000)`),
}
for (const [table, fill] of Object.entries(fills)) {
  t.test(`the job stops promptly while it deletes very many ${table}, and in its pause`, async (t) => {
    const place = await setUp(t)
    await fill(place)
    const busy = place.cleaning({ everyMs: 1 })
    busy.start()
    while ((await countOf(place, table)) === 30_000) await pause(1)
    const resting = place.cleaning({ everyMs: 24 * 3600_000 })
    resting.start()
    await Promise.all([busy.stop(), resting.stop()])
    t.ok((await countOf(place, table)) > 0, 'the rest stays for later')
  })
}

t.test('a server cleans from its start on, logs it, and stops on SIGTERM', async (t) => {
  const place = await setUp(t)
  await addSession(place, { idle: '-8 days' })
  const server = await startServer({ DATABASE_URL: place.url })
  while ((await countOf(place, 'sessions')) > 0) await pause(20)
  while (!server.output().includes('"removed":1')) await pause(20)
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})
