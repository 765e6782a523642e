/** Deliberate breaks of the list of sessions. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/sessions/session-list-store.ts',
    'test/sessions/devices.test.ts',
    [
      'a user ends a session of another user',
      'WHERE u.id = ${p.userId} AND ${candidates}',
      'WHERE ${p.userId}::uuid IS NOT NULL AND ${candidates}',
    ],
    [
      'a user sees the sessions of all users',
      `WHERE u.id = \${p.userId} AND \${isLive}
`,
      `WHERE \${p.userId}::uuid IS NOT NULL AND \${isLive}
`,
    ],
    [
      'a user sees ended sessions',
      `WHERE u.id = \${p.userId} AND \${isLive}
`,
      `WHERE u.id = \${p.userId}
`,
    ],
    ['sessions that are over end again', '${candidates} AND ${isLive} ORDER', '${candidates} ORDER'],
    ['all others means all', 'chosen: sql`s.id <> ${p.sessionId}`', 'chosen: sql`TRUE`'],
    ['all means all others', "scope === 'others' ? { except: sessionId } : {}", '{ except: sessionId }'],
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
    [
      'only so many end',
      'SET sessions_valid_from = sessions_valid_from + 1 WHERE',
      'SET token_version = token_version + 1 WHERE',
    ],
    ['the own session ends with the others', 'if (except !== undefined) await', 'if (except === userId) await'],
  ),
  ...breaks(
    'src/sessions/end-sessions.ts',
    'test/sessions/devices.test.ts',
    ['the node that ends a session lets it in', 'revocations.denySession(id, principal.userId)', 'void revocations'],
    ['what is not there is ended', "throw new AppError('not_found')", 'void 0'],
    ['the cookies always go', 'endedCurrent: ended.sessionIds.includes(principal.sessionId)', 'endedCurrent: true'],
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
