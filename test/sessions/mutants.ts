/** Deliberate breaks of rotation, and of the list of devices. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'src/sessions/session-store.ts'
const invariants = 'test/sessions/invariants.test.ts'
const rotation = 'test/sessions/rotation.test.ts'
const secrecy = 'test/sessions/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
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
    name: 'a repeated request moves the head again',
    file: store,
    find: 'sql`(${isHead(p.hash)} OR (${isPrev(p.hash)} AND ${isLate(p)}))`',
    replace: 'sql`(${isHead(p.hash)} OR ${isPrev(p.hash)})`',
    test: invariants,
  },
  {
    name: 'every presentation draws a new salt',
    file: store,
    find: 'salt = CASE WHEN ${moves(p)} THEN ${p.salt} ELSE s.salt END',
    replace: 'salt = ${p.salt}',
    test: invariants,
  },
  {
    name: 'a replay counts as a generation',
    file: store,
    find: 'generation = s.generation + CASE WHEN ${isHead(p.hash)} THEN 1 ELSE 0 END',
    replace: 'generation = s.generation + 1',
    test: invariants,
  },
  {
    name: 'a lost answer is taken for theft',
    file: store,
    find: 'sql`coalesce(s.prev_hash = ${hash}, false)`',
    replace: `sql\`(coalesce(s.prev_hash = \${hash}, false) AND s.rotated_at > now() - interval '10 seconds')\``,
    test: invariants,
  },
  {
    name: 'theft goes unnoticed',
    file: store,
    find: 'sql`NOT (${isHead(p.hash)} OR ${isPrev(p.hash)} OR ${p.generation} > s.generation)`',
    replace: 'sql`(${p.generation} > 1000000)`',
    test: invariants,
  },
  {
    name: 'a revoked session is live',
    file: 'src/sessions/session-sql.ts',
    find: `s.revoked_at IS NULL
  AND statement_timestamp()`,
    replace: 'statement_timestamp()',
    test: invariants,
  },
  {
    name: 'the tag is not checked',
    file: 'src/tokens/refresh-token.ts',
    find: 'if (!tagKeys.some((key) => timingSafeEqual(Buffer.from(tag(mode, body, key)), presented))) return undefined',
    replace: '',
    test: secrecy,
  },
  {
    name: 'several texts are one token',
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
    name: 'secrets are stored as they are',
    file: 'src/tokens/refresh-token.ts',
    find: "hash('sha256', secret, 'buffer')",
    replace: 'secret',
    test: secrecy,
  },
  {
    name: 'the successor needs no server key',
    file: 'src/tokens/refresh-token.ts',
    find: "prepare(deriveKeys(serverSecrets, 'refresh-token-successor'))",
    replace: "prepare(deriveKeys(serverSecrets, 'refresh-token-successor').map(() => Buffer.alloc(32)))",
    test: secrecy,
  },
  {
    name: 'the token before the head is forgotten',
    file: store,
    find: 'prev_hash = CASE WHEN ${isHead(p.hash)} THEN s.head_hash ELSE s.prev_hash END',
    replace: 'prev_hash = CASE WHEN ${isHead(p.hash)} THEN NULL ELSE s.prev_hash END',
    test: 'test/faults/kill.test.ts',
  },
  {
    name: 'the absolute expiry is ignored',
    file: 'src/sessions/session-sql.ts',
    find: '< least(s.idle_expires_at, s.absolute_expires_at)`',
    replace: '< s.idle_expires_at`',
    test: rotation,
  },
  {
    name: 'lost writes are taken for theft',
    file: store,
    find: ' OR ${isPrev(p.hash)} OR ${p.generation} > s.generation)`',
    replace: ' OR ${isPrev(p.hash)})`',
    test: rotation,
  },
  {
    name: 'a disabled person refreshes',
    file: store,
    find: 'u.disabled_at IS NULL AND ${isLive}\n  RETURNING s.last_outcome',
    replace: '${isLive}\n  RETURNING s.last_outcome',
    test: rotation,
  },
  {
    name: 'only the newest server secret is recognised',
    file: 'src/tokens/refresh-token.ts',
    find: "prepare(deriveKeys(serverSecrets, 'refresh-token-tag'))",
    replace: "prepare(deriveKeys(serverSecrets.slice(0, 1), 'refresh-token-tag'))",
    test: rotation,
  },
  {
    name: 'refreshing takes two round trips',
    file: 'src/sessions/refresh.ts',
    find: 'const hash = hashSecret(secret)',
    replace: 'const hash = hashSecret(secret)\n    await sessions.isLive(sessionId, sessionId, 0)',
    test: rotation,
  },
  ...breaks(
    'src/sessions/session-list-store.ts',
    'test/sessions/devices.test.ts',
    [
      'a user ends a session of another user',
      'WHERE s.user_id = ${p.userId} AND ${candidates}',
      'WHERE ${p.userId}::uuid IS NOT NULL AND ${candidates}',
    ],
    [
      'a user sees the sessions of all users',
      `WHERE s.user_id = \${p.userId} AND \${isLive}
`,
      `WHERE \${p.userId}::uuid IS NOT NULL AND \${isLive}
`,
    ],
    [
      'a user sees ended sessions',
      `WHERE s.user_id = \${p.userId} AND \${isLive}
`,
      `WHERE s.user_id = \${p.userId}
`,
    ],
    ['sessions that are over end again', '${candidates} AND ${isLive} ORDER', '${candidates} ORDER'],
    ['all others means all', '(p) => sql`s.id <> ${p.sessionId}`', '() => sql`TRUE`'],
    [
      'all means all others',
      `endSeveral('end-all-sessions', () => sql\`TRUE\`)`,
      `endSeveral('end-all-sessions', (p) => sql\`s.id <> \${p.sessionId}\`)`,
    ],
    ['one means two', 'chosen: sql`s.id = ${p.id}::uuid`', 'chosen: sql`TRUE`'],
    [
      'the audit event has no subject',
      `\${p.userId}, \${p.userId}, \${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'session'`,
      `\${p.userId}, NULL, \${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'session'`,
    ],
    ['what changes nothing is written down', 'FROM ended HAVING count(*) > 0', 'FROM ended'],
    [
      'the current session is listed anywhere',
      'ORDER BY s.id = ${p.sessionId} DESC, ',
      'ORDER BY ${p.sessionId}::uuid IS NULL, ',
    ],
    ['use does not count', 'DESC, s.rotated_at DESC,', 'DESC, s.created_at DESC,'],
  ),
  ...breaks(
    'src/sessions/session-list-store.ts',
    'test/sessions/devices-races.test.ts',
    ['two may end each other', 'WHERE chosen AND EXISTS (SELECT FROM locked WHERE own)', 'WHERE chosen'],
    ['nobody waits', 'ORDER BY s.id FOR UPDATE', 'ORDER BY s.id'],
    ['everybody locks in an order of their own', 'ORDER BY s.id FOR UPDATE', 'ORDER BY random() FOR UPDATE'],
  ),
  ...breaks(
    'src/sessions/end-sessions-store.ts',
    'test/sessions/very-many.test.ts',
    ['only so many end', 'ended === sessionsAtOnce; ) {', 'ended === sessionsAtOnce; ended = 0) {'],
    ['an order of their own makes two wait for each other', 'ORDER BY s.id LIMIT', 'ORDER BY random() LIMIT'],
  ),
  ...breaks(
    'src/sessions/end-sessions.ts',
    'test/sessions/devices.test.ts',
    ['the node that ends a session lets it in', 'revocations.denySession(id, principal.userId)', 'void revocations'],
    ['what is not there is ended', "throw new AppError('not_found')", 'void 0'],
    ['the cookies always go', 'endedCurrent: ended.includes(principal.sessionId)', 'endedCurrent: ended.length > 0'],
  ),
  ...breaks(
    'src/sessions/routes.ts',
    'test/sessions/devices.test.ts',
    ['the cookies stay', 'if (endedCurrent && ', 'if (!endedCurrent && '],
    [
      'a malformed id is told apart',
      "if (!id.success) throw new AppError('not_found')",
      "if (!id.success) throw new AppError('invalid_request')",
    ],
  ),
  ...breaks('src/sessions/session-list.ts', 'test/sessions/devices.test.ts', [
    'no session is the current one',
    'current: listed.id === currentId',
    'current: false',
  ]),
  {
    name: 'a token that was revoked elsewhere lists and ends sessions',
    file: 'src/app.ts',
    find: "guard(scope, { check: 'session' })\n    profileRoutes",
    replace: "guard(scope, { check: 'signature' })\n    profileRoutes",
    test: 'test/sessions/devices.test.ts',
  },
  ...breaks('src/sessions/session-wire.ts', 'test/sessions/devices.test.ts', [
    'the idle expiry is shown past the absolute one',
    'Math.min(+session.idleExpiresAt, +session.absoluteExpiresAt)',
    '+session.idleExpiresAt',
  ]),
]
