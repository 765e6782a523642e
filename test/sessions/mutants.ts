/** Deliberate breaks of rotation. `npm run test:mutants` makes each and expects the named test to fail. */
import type { Mutant } from '../setup/mutant.ts'

const store = 'src/sessions/session-store.ts'
const invariants = 'test/sessions/invariants.test.ts'
const rotation = 'test/sessions/rotation.test.ts'
const secrecy = 'test/sessions/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a repeated request moves the head again',
    file: store,
    find: 'const moves = `(${isHead} OR (${isPrev} AND ${late}))`',
    replace: 'const moves = `(${isHead} OR ${isPrev})`',
    test: invariants,
  },
  {
    name: 'every presentation draws a new salt',
    file: store,
    find: 'salt = CASE WHEN ${moves} THEN $5 ELSE s.salt END',
    replace: 'salt = $5',
    test: invariants,
  },
  {
    name: 'a replay counts as a generation',
    file: store,
    find: 'generation = s.generation + CASE WHEN ${isHead} THEN 1 ELSE 0 END',
    replace: 'generation = s.generation + 1',
    test: invariants,
  },
  {
    name: 'a lost answer is taken for theft',
    file: store,
    find: "const isPrev = 'coalesce(s.prev_hash = $2, false)'",
    replace: 'const isPrev = "(coalesce(s.prev_hash = $2, false) AND s.rotated_at > now() - interval \'10 seconds\')"',
    test: invariants,
  },
  {
    name: 'theft goes unnoticed',
    file: store,
    find: 'const isTheft = `NOT (${isHead} OR ${isPrev} OR $3 > s.generation)`',
    replace: 'const isTheft = `($3 > 1000000)`',
    test: invariants,
  },
  {
    name: 'a revoked session comes back',
    file: store,
    find: 's.revoked_at IS NULL AND statement_timestamp()',
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
    find: "export const hashSecret = (secret: Buffer) => createHash('sha256').update(secret).digest()",
    replace: 'export const hashSecret = (secret: Buffer) => secret\nvoid createHash',
    test: secrecy,
  },
  {
    name: 'the successor needs no server key',
    file: 'src/tokens/refresh-token.ts',
    find: "const successorKeys = deriveKeys(serverSecrets, 'refresh-token-successor')",
    replace: "const successorKeys = deriveKeys(serverSecrets, 'refresh-token-successor').map(() => Buffer.alloc(32))",
    test: secrecy,
  },
  {
    name: 'the token before the head is forgotten',
    file: store,
    find: 'prev_hash = CASE WHEN ${isHead} THEN s.head_hash ELSE s.prev_hash END',
    replace: 'prev_hash = CASE WHEN ${isHead} THEN NULL ELSE s.prev_hash END',
    test: 'test/faults/kill.test.ts',
  },
  {
    name: 'the absolute end is not one',
    file: store,
    find: '< least(s.idle_expires_at, s.absolute_expires_at)`',
    replace: '< s.idle_expires_at`',
    test: rotation,
  },
  {
    name: 'lost writes are taken for theft',
    file: store,
    find: '${isPrev} OR $3 > s.generation)`',
    replace: '${isPrev})`',
    test: rotation,
  },
  {
    name: 'a disabled person refreshes',
    file: store,
    find: 'AND u.disabled_at IS NULL AND ${isLive}\n  RETURNING',
    replace: 'AND ${isLive}\n  RETURNING',
    test: rotation,
  },
  {
    name: 'only the newest server secret is recognised',
    file: 'src/tokens/refresh-token.ts',
    find: "const tagKeys = deriveKeys(serverSecrets, 'refresh-token-tag')",
    replace: "const tagKeys = deriveKeys(serverSecrets.slice(0, 1), 'refresh-token-tag')",
    test: rotation,
  },
  {
    name: 'refreshing takes two round trips',
    file: 'src/sessions/refresh.ts',
    find: 'const hash = hashSecret(secret)',
    replace: 'const hash = hashSecret(secret)\n    await sessions.isLive(sessionId, sessionId, 0)',
    test: rotation,
  },
]
