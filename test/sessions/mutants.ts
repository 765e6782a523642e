/** Deliberate breaks of rotation. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'src/sessions/session-store.ts'
const invariants = 'test/sessions/invariants.test.ts'
const rotation = 'test/sessions/rotation.test.ts'
const secrecy = 'test/sessions/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a second logout changes the reason and writes another event',
    file: 'src/sessions/session-store.ts',
    find: 'WHERE id = ${p.id} AND revoked_at IS NULL RETURNING id, user_id',
    replace: 'WHERE id = ${p.id} RETURNING id, user_id',
    test: 'test/signin/login.test.ts',
  },
  ...breaks(
    store,
    invariants,
    [
      'the fast path accepts any secret',
      'WHERE s.id = ${p.sessionId} AND ${isHead(p.hash)} AND u.id',
      'WHERE s.id = ${p.sessionId} AND ${p.hash}::bytea IS NOT NULL AND u.id',
    ],
    ['the fast path forgets the previous hash', 'prev_hash = s.head_hash, head_hash', 'head_hash'],
    ['the shortcut does not count', "'rotated', generation = s.generation + 1", "'rotated', generation = s.generation"],
    [
      'the fast path keeps the old salt',
      'head_hash = ${p.headHash}, salt = ${p.salt}, rotated_at',
      'head_hash = ${p.headHash}, salt = coalesce(s.salt, ${p.salt}), rotated_at',
    ],
  ),
  ...breaks(
    store,
    rotation,
    [
      'the shortcut is for the disabled too',
      'u.disabled_at IS NULL AND ${isLive}\n  RETURNING s.generation',
      '${isLive}\n  RETURNING s.generation',
    ],
    [
      'the fast path does not extend the session',
      `idle_expires_at = statement_timestamp() + \${p.idleSeconds} * interval '1 second'
  FROM`,
      `ip = coalesce(s.ip, \${p.idleSeconds}::text)
  FROM`,
    ],
  ),
  {
    name: 'a repeated request replaces the current token again',
    file: store,
    find: 'sql`(${isHead(p.hash)} OR (${isPrev(p.hash)} AND ${isLate(p)}))`',
    replace: 'sql`(${isHead(p.hash)} OR ${isPrev(p.hash)})`',
    test: invariants,
  },
  {
    name: 'every request with the token draws a new salt',
    file: store,
    find: 'salt = CASE WHEN ${moves(p)} THEN ${p.salt} ELSE s.salt END',
    replace: 'salt = ${p.salt}',
    test: invariants,
  },
  {
    name: 'a repeated request raises the generation',
    file: store,
    find: 'generation = s.generation + CASE WHEN ${isHead(p.hash)} THEN 1 ELSE 0 END',
    replace: 'generation = s.generation + 1',
    test: invariants,
  },
  {
    name: 'a lost response is taken for theft',
    file: store,
    find: 'sql`coalesce(s.prev_hash = ${hash}, false)`',
    replace: `sql\`(coalesce(s.prev_hash = \${hash}, false) AND s.rotated_at > now() - interval '10 seconds')\``,
    test: invariants,
  },
  {
    name: 'a reused token does not end the session',
    file: store,
    find: 'sql`NOT (${isHead(p.hash)} OR ${isPrev(p.hash)} OR ${p.generation} > s.generation)`',
    replace: 'sql`(${p.generation} > 1000000)`',
    test: invariants,
  },
  {
    name: 'a revoked session can be refreshed',
    file: 'src/sessions/session-sql.ts',
    find: `s.revoked_at IS NULL
  AND statement_timestamp()`,
    replace: 'statement_timestamp()',
    test: invariants,
  },
  {
    name: 'the tag is not checked',
    file: 'src/tokens/refresh-token.ts',
    find: 'if (!tagKeys.all.some((key) => timingSafeEqual(Buffer.from(tag(mode, body, key)), presented))) return undefined',
    replace: '',
    test: secrecy,
  },
  {
    name: 'a refresh token is accepted in several spellings',
    file: 'src/tokens/refresh-token.ts',
    find: 'timingSafeEqual(Buffer.from(tag(mode, body, key)), presented)',
    replace: "Buffer.from(tag(mode, body, key), 'base64url').equals(Buffer.from(given, 'base64url'))",
    test: rotation,
  },
  {
    name: 'the tag does not cover the generation',
    file: 'src/tokens/refresh-token.ts',
    find: 'hmac(key, `${mode}:${body}`)',
    replace: "hmac(key, `${mode}:${body.split('.').toSpliced(2, 1).join()}`)",
    test: rotation,
  },
  {
    name: 'secrets are stored without a hash',
    file: 'src/tokens/refresh-token.ts',
    find: "hash('sha256', secret, 'buffer')",
    replace: 'secret',
    test: secrecy,
  },
  {
    name: 'the successor can be computed without the server secret',
    file: 'src/tokens/refresh-token.ts',
    find: "secretKeys(secrets, 'refresh-token-successor')",
    replace: "secretKeys({ ...secrets, all: secrets.all.map(() => '') }, 'refresh-token-successor')",
    test: secrecy,
  },
  {
    name: 'the previous token is not recognised',
    file: store,
    find: 'prev_hash = CASE WHEN ${isHead(p.hash)} THEN s.head_hash ELSE s.prev_hash END',
    replace: 'prev_hash = CASE WHEN ${isHead(p.hash)} THEN NULL ELSE s.prev_hash END',
    test: 'test/faults/kill.test.ts',
  },
  {
    name: 'the absolute expiry is not checked',
    file: 'src/sessions/session-sql.ts',
    find: '< least(s.idle_expires_at, s.absolute_expires_at)`',
    replace: '< s.idle_expires_at`',
    test: rotation,
  },
  {
    name: 'a token that is newer than the row is taken for theft',
    file: store,
    find: ' OR ${isPrev(p.hash)} OR ${p.generation} > s.generation)`',
    replace: ' OR ${isPrev(p.hash)})`',
    test: rotation,
  },
  {
    name: 'a disabled user can refresh',
    file: store,
    find: 'u.disabled_at IS NULL AND ${isLive}\n  RETURNING s.last_outcome',
    replace: '${isLive}\n  RETURNING s.last_outcome',
    test: rotation,
  },
  {
    name: 'tokens made with an older server secret are refused',
    file: 'src/tokens/refresh-token.ts',
    find: "secretKeys(secrets, 'refresh-token-tag')",
    replace: "secretKeys({ ...secrets, all: secrets.all.slice(0, 1) }, 'refresh-token-tag')",
    test: rotation,
  },
  {
    name: 'a refresh takes two round trips to the database',
    file: 'src/sessions/refresh.ts',
    find: 'const hash = hashSecret(secret)',
    replace: 'const hash = hashSecret(secret)\n    await sessions.isLive(sessionId, sessionId, 0)',
    test: rotation,
  },
]
