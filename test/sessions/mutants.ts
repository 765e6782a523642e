/** Deliberate breaks of rotation. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'src/sessions/rotation-sql.ts'
const invariants = 'test/sessions/invariants.test.ts'
const rotation = 'test/sessions/rotation.test.ts'
const windows = 'test/sessions/windows.test.ts'
const theft = 'test/sessions/theft.test.ts'
const secrecy = 'test/sessions/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/sessions/session-status.ts',
    'test/sessions/session-status.test.ts',
    [
      'the status of a session is that of its token',
      'if (!(await sessions.isLive(sessionId, userId, tokenVersion))) return undefined',
      'void [sessionId, tokenVersion, sessions]',
    ],
    [
      'any refresh cookie may help',
      'presented !== undefined && refreshTokens.parse(presented.token, presented.mode) !== undefined',
      'presented !== undefined',
    ],
    ['a page that asks gets 401', 'if (error instanceof AppError && error.statusCode === 401) return undefined', ''],
    ['every error means signed out', 'if (error instanceof AppError && error.statusCode === 401)', 'if (error)'],
  ),
  ...breaks(
    store,
    theft,
    [
      'a step-up leaves the tokens from before beside the new one',
      'prev_hash = NULL, salt = NULL, fork_hash = NULL,',
      'prev_hash = NULL, salt = NULL, fork_hash = s.head_hash,',
    ],
    [
      'the tokens from before a step-up are exchanged',
      'sql`(${isHead(hash)} OR ${isFork(hash)})`',
      'sql`(${isHead(hash)} OR ${isFork(hash)} OR ${hash} = ANY(s.superseded_hashes))`',
    ],
    [
      'thief and owner go on, one on the head and one on the fork',
      'salt = ${p.salt}, fork_hash = NULL, fork_salt = NULL,\n',
      'salt = ${p.salt},\n',
    ],
    [
      'a step-up is not recorded',
      '    authenticated_at = statement_timestamp()`',
      '    authenticated_at = s.authenticated_at`',
    ],
  ),
  ...breaks('src/guard/require-step-up.ts', theft, [
    'the old login of a copy is recent enough',
    'clock() / 1000 - authTime <= maxAgeSeconds',
    'clock() / 1000 >= authTime',
  ]),
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
    ['the fast path keeps the fork', 'fork_hash = NULL, fork_salt = NULL,\n', '\n'],
    ['the fast path forgets the previous hash', 'prev_hash = s.head_hash, head_hash', 'head_hash'],
    ['the shortcut does not count', "'rotated', generation = s.generation + 1", "'rotated', generation = s.generation"],
    [
      'the fast path keeps the old salt',
      'head_hash = ${p.headHash}, salt = ${p.salt}, fork_hash',
      'head_hash = ${p.headHash}, salt = coalesce(s.salt, ${p.salt}), fork_hash',
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
      'idle_expires_at = ${idleEnd(p)}\n  FROM',
      'ip = coalesce(s.ip, (${idleEnd(p)})::text)\n  FROM',
    ],
  ),
  ...breaks(
    store,
    invariants,
    [
      'every request with the token draws a new salt',
      ' salt = CASE WHEN ${isNext(p.hash)} THEN ${p.salt} ELSE s.salt END',
      ' salt = ${p.salt}',
    ],
    [
      'a repeated request raises the generation',
      'generation = s.generation + CASE WHEN ${isNext(p.hash)} THEN 1 ELSE 0 END',
      'generation = s.generation + 1',
    ],
    [
      'after the fork was used, the head stays the previous token',
      'prev_hash = CASE WHEN ${isNext(p.hash)} THEN ${p.hash} ELSE',
      'prev_hash = CASE WHEN ${isNext(p.hash)} THEN s.head_hash ELSE',
    ],
  ),
  ...breaks(
    store,
    windows,
    [
      'a late request replaces the unused head',
      'head_hash = CASE WHEN ${isNext(p.hash)} THEN',
      'head_hash = CASE WHEN ${isNext(p.hash)} OR ${forks(p)} THEN',
    ],
    [
      'the fork stays valid beside the head that was used',
      'fork_hash = CASE WHEN ${isNext(p.hash)} THEN NULL',
      'fork_hash = CASE WHEN ${isNext(p.hash)} THEN s.fork_hash',
    ],
    [
      'each late request gets another fork',
      'THEN coalesce(s.fork_hash, ${p.headHash})\n      ELSE s.fork_hash END,\n    fork_salt = CASE WHEN ${isNext(p.hash)} THEN NULL WHEN ${forks(p)} THEN coalesce(s.fork_salt, ${p.salt})',
      'THEN ${p.headHash}\n      ELSE s.fork_hash END,\n    fork_salt = CASE WHEN ${isNext(p.hash)} THEN NULL WHEN ${forks(p)} THEN ${p.salt}',
    ],
    ['the fork window has no end', ' AND ${isWithin(p.forkSeconds)})`', ')`'],
    [
      'a repetition within the leeway is accepted where each token works once',
      'sql`(${isPrev(p.hash)} AND ${isWithin(p.leewaySeconds)})`',
      "sql`(${isPrev(p.hash)} AND (${isWithin(p.leewaySeconds)} OR s.rotated_at > statement_timestamp() - interval '1 hour'))`",
    ],
    [
      'the leeway has no effect',
      'sql`(${isPrev(p.hash)} AND ${isWithin(p.leewaySeconds)})`',
      'sql`(false AND ${isWithin(p.leewaySeconds)})`',
    ],
  ),
  ...breaks(store, rotation, [
    'a token that is newer than the row is taken for theft',
    ' OR ${p.generation} > s.generation)`',
    ')`',
  ]),
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
    find: 'sql`NOT (${isAccepted(p)} OR ${isSuperseded(p)} OR ${p.generation} > s.generation)`',
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
    name: 'a fork that was used is not recognised',
    file: store,
    find: 'prev_hash = CASE WHEN ${isNext(p.hash)} THEN ${p.hash} ELSE s.prev_hash END',
    replace: 'prev_hash = CASE WHEN ${isNext(p.hash)} THEN NULL ELSE s.prev_hash END',
    test: 'test/sessions/windows.test.ts',
  },
  {
    name: 'the previous token is not recognised',
    file: store,
    find: 'prev_hash = s.head_hash, head_hash',
    replace: 'prev_hash = NULL, head_hash',
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
