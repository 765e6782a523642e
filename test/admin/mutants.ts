/** Deliberate breaks of administration, the audit log and of leaving. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const changes = 'test/admin/changes.test.ts'
const matrix = 'test/admin/matrix.test.ts'
const users = 'test/admin/users.test.ts'
const audit = 'test/admin/audit.test.ts'
const lastAdmin = 'test/admin/last-admin.test.ts'
const heldBody = 'test/admin/held-body.test.ts'
const command = 'test/admin/admin-command.test.ts'
const departure = 'test/privacy/deletion.test.ts'
const events = 'test/audit/events.test.ts'
const secrecy = 'test/audit/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/guard/require-role.ts',
    matrix,
    ['everybody is an administrator', 'principalOf(request).roles.includes(role)', 'principalOf(request).roles'],
    ['a person with no role is one', 'roles.includes(role)', "roles.join().includes(role === 'admin' ? '' : role)"],
  ),
  ...breaks(
    'src/app.ts',
    matrix,
    [
      'reads ask for no role',
      "guard(scope, { check: 'session', role: adminRole })",
      "guard(scope, { check: 'session' })",
    ],
    ['writes ask for no role', 'guard(scope, { ...freshSession, role: adminRole })', 'guard(scope, freshSession)'],
  ),
  ...breaks('src/app.ts', changes, [
    'a token that another node has not heard of is enough',
    "guard(scope, { check: 'session', role: adminRole })",
    "guard(scope, { check: 'signature', role: adminRole })",
  ]),
  ...breaks(
    'src/admin/administrator-store.ts',
    heldBody,
    ['the administrator is not checked again', 'if (administrator) await requireAdministrator(tx, administrator)', ''],
    ['the administrator is demoted meanwhile', ' FOR SHARE`', '`'],
    [
      'accounts are locked in any order',
      'administrator && administrator.userId < id',
      'administrator && administrator.userId < ""',
    ],
    ['the token version is not checked', 'u.token_version = ${tokenVersion}', '${tokenVersion}::int IS NOT NULL'],
    ['a disabled administrator makes a change', ' AND u.disabled_at IS NULL', ''],
    ['a user without the role makes a change', '${adminRole} = ANY(u.roles)', '${adminRole}::text IS NOT NULL'],
    ['a signed-out administrator makes a change', ' AND ${isLive}`', '`'],
  ),
  ...breaks('src/passwords/password-store.ts', heldBody, [
    'a session that has ended sets a password',
    'await requireLive(tx, change)',
    'void requireLive',
  ]),
  ...breaks('src/admin/change-user.ts', changes, [
    'this node denies only when the feed says so',
    'if (changed) revocations.denyUser(id, user.tokenVersion)',
    'void user.tokenVersion\n    if (endedSessions.length > 1000) revocations.denyUser(id, 0)',
  ]),
  ...breaks('src/admin/end-user-sessions.ts', changes, [
    'an ended session is not denied here',
    'revocations.denySession(sessionId, id)',
    'void [revocations, sessionId]',
  ]),
  ...breaks(
    'src/admin/user-admin-store.ts',
    changes,
    ['disabling ends no session', 'disabled && user.disabledAt === null ? await endSessions(tx, id) : []', '[]'],
    ['sessions end for no reason', "reason: 'admin' })\n\nconst", "reason: 'logout' })\n\nconst"],
    ['what is so already is an event', 'if (added.length + removed.length === 0) return []', ''],
    [
      'disabling what is disabled is one',
      'if (disabled === undefined || disabled === (user.disabledAt !== null)) return []',
      'if (disabled === undefined) return []',
    ],
    ['ending nothing is an event', 'if (ended.length > 0) await', 'await'],
    ['the audit event has no actor', 'actorId: administrator?.userId', 'actorId: undefined'],
  ),
  ...breaks(
    'src/accounts/last-admin-store.ts',
    lastAdmin,
    [
      'two demote each other at once',
      'await execute(tx, sql`SELECT pg_advisory_xact_lock(${advisoryLocks.lastAdmin})`)',
      'void advisoryLocks',
    ],
    ['nobody need remain', "if (others === 0) throw new AppError('last_admin')", 'void [others, AppError]'],
    ['a disabled one counts', 'roles: { has: adminRole }, disabledAt: null } })', 'roles: { has: adminRole } } })'],
  ),
  ...breaks('src/admin/user-admin-store.ts', lastAdmin, [
    'the last one may be disabled',
    '(disabled || !roles.includes(adminRole))',
    '!roles.includes(adminRole)',
  ]),
  ...breaks(
    'src/admin/user-list-store.ts',
    users,
    ['a page ends at a name that many users have', 'OR id > ${after.id}::uuid)', ')'],
    ['a page begins with the last row of the one before', 'email_key ~>~ ${after.key}', 'email_key ~>=~ ${after.key}'],
    [
      'names are searched with their case',
      'lower(name) ~>=~ lower(${prefix}::text)',
      'lower(name) ~>=~ ${prefix}::text',
    ],
    [
      'the filter by disabled is reversed',
      '[set ? sql`${column} IS NOT NULL` : sql`${column} IS NULL`]',
      '[set ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`]',
    ],
  ),
  ...breaks(
    'src/admin/cursor.ts',
    users,
    [
      'the list ends where a page is full',
      'rows.length > limit ? page.at(-1)',
      'rows.length > limit + 1 ? page.at(-1)',
    ],
    ['the cursor of any list will do', 'list: z.literal(name)', 'list: z.string()'],
  ),
  ...breaks('src/admin/cursor.ts', 'test/admin/crafted.test.ts', [
    'a cursor is taken at its word',
    'if (at.success) return at.data',
    "if (parse(text) === undefined) return parse(Buffer.from(text, 'base64url').toString()) as never",
  ]),
  ...breaks(
    'src/admin/audit-list-store.ts',
    audit,
    ['of a moment that a page cuts in two, half is lost', '{ id: { lt: after.id } }]', '{ id: { lt: 0n } }]'],
    ['an end is inclusive', 'and.push({ at: { lt: to } })', 'and.push({ at: { lte: to } })'],
  ),
  ...breaks('src/admin/wire.ts', audit, [
    'a mail server tells whom it refused',
    'withoutAddresses(mail.lastError)',
    'mail.lastError',
  ]),
  ...breaks(
    'src/privacy/deletion-store.ts',
    departure,
    ['addresses of machines stay', 'await scrubAudit(tx, userId, sessionIds)', 'void scrubAudit'],
    ['letters about the person stay', 'await tx.mail.deleteMany({ where: { userId } })', ''],
    ['no mail confirms the deletion', 'await postMail(tx, mail)', 'void postMail'],
    ['a session that has ended meanwhile is enough', ' && session.isLive)', ')'],
    ['another session of theirs is enough', 'session.id === sessionId && session.isLive)', 'session.isLive)'],
    ['the session may end meanwhile', 'ORDER BY s.id FOR UPDATE', 'ORDER BY s.id'],
    ['sessions are taken in any order', 'ORDER BY s.id FOR UPDATE', 'FOR UPDATE'],
    ['the account is not locked', 'lockAccount(tx, userId)', 'tx.user.findUnique({ where: { id: userId } })'],
    ["an administrator's address goes as well", 'OR (actor_id IS NULL\n', 'OR (true\n'],
    [
      'an event that knows only the session is passed over',
      'OR session_id = ANY(${sessionIds}::uuid[])',
      'OR ${sessionIds}::uuid[] IS NULL',
    ],
    ['only so many events are gone through', 'scrubbed === eventsAtOnce; ', 'scrubbed < 0; '],
  ),
  ...breaks('src/privacy/delete-account.ts', departure, [
    'this node lets the deleted in',
    'for (const id of ended) revocations.denySession(id, userId)',
    'void revocations',
  ]),
  ...breaks('src/privacy/export-account.ts', departure, [
    'where an administrator sat is told',
    'ip: foreign ? null : event.ip',
    'ip: event.ip',
  ]),
  ...breaks('src/privacy/routes.ts', departure, [
    'cookies stay',
    "if (transport.modeOf(request) === 'cookie') transport.forget(reply)",
    '',
  ]),
  ...breaks(
    'src/keys/key-keeper.ts',
    events,
    ['a rotated key is no event', "await changes.record({ type: 'key_rotated', detail })", 'void detail'],
    ['a revoked key is no event', "await changes.record({ type: 'key_revoked', detail: { kid } })", ''],
  ),
  ...breaks('src/sessions/session-list-store.ts', events, [
    'the audit event names the wrong session',
    `\${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'session', id)`,
    `id,
      jsonb_build_object('reason', 'signed_out', 'session', \${p.sessionId}::uuid)`,
  ]),
  ...breaks(
    'src/sessions/session-store.ts',
    events,
    ['whose session it was is not written down', "'refresh_ended', user_id,", "'refresh_ended', NULL::uuid,"],
    ['every refresh is one of an ended session', 'WHERE NOT EXISTS (SELECT FROM rotated)', 'WHERE true'],
  ),
  ...breaks('src/passwords/password-store.ts', events, [
    'nobody set a new password',
    'const who = { actorId: id, subjectId: id }',
    'const who = { subjectId: id }',
  ]),
  ...breaks('src/signin/login.ts', secrecy, [
    'what was typed is written down',
    'subjectId: account?.id, context }',
    'subjectId: account?.id, context, detail: { email } }',
  ]),
  ...breaks(
    'src/commands/admin.ts',
    command,
    ['a password that was piped in is printed', "${piped ? '' :", '${piped ? password :'],
    [
      'an operator may revoke the last one',
      'await users.change(user.id, { roles }, undefined)',
      'await users.change(user.id, is ? { roles } : {}, undefined)',
    ],
  ),
  ...breaks('src/app.ts', 'test/admin/fresh-login.test.ts', [
    'writes ask for no fresh login',
    'guard(scope, { ...freshSession, role: adminRole })',
    "guard(scope, { check: 'session', role: adminRole })",
  ]),
  ...breaks('src/app.ts', 'test/accounts/fresh-login.test.ts', [
    'a stolen session is enough to take an account away',
    'guard(scope, freshSession)\n    emailChangeRoutes',
    "guard(scope, { check: 'session' })\n    emailChangeRoutes",
  ]),
  ...breaks('src/app.ts', matrix, [
    'a route asks for a fresh login unsaid',
    'exportRoutes(scope, { exportAccount })\n  })',
    'guard(scope, { maxAgeSeconds: 600 })\n    exportRoutes(scope, { exportAccount })\n  })',
  ]),
]
