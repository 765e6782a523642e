/** Deliberate breaks of the administration, the audit log and the deletion of accounts. Each of them must make its test fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const changes = 'test/admin/changes.test.ts'
const matrix = 'test/admin/matrix.test.ts'
const users = 'test/admin/users.test.ts'
const audit = 'test/admin/audit.test.ts'
const lastAdmin = 'test/admin/last-admin.test.ts'
const heldBody = 'test/admin/held-body.test.ts'
const command = 'test/faults/commands/admin.test.ts'
const deletion = 'test/privacy/deletion.test.ts'
const events = 'test/audit/events.test.ts'
const secrecy = 'test/audit/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/guard/require-role.ts',
    matrix,
    ['every user is an administrator', 'principalOf(request).roles.includes(role)', 'principalOf(request).roles'],
    [
      'a user without roles is an administrator',
      'roles.includes(role)',
      "roles.join().includes(role === 'admin' ? '' : role)",
    ],
  ),
  ...breaks(
    'src/app.ts',
    matrix,
    [
      'reads require no role',
      "guard(scope, { check: 'session', ...administrators })",
      "guard(scope, { check: 'session' })",
    ],
    ['writes require no role', 'guard(scope, { ...recent, ...administrators })', 'guard(scope, freshSession)'],
  ),
  ...breaks('src/app.ts', changes, [
    'a revoked token is valid on a node that has not read the revocation',
    "guard(scope, { check: 'session', ...administrators })",
    "guard(scope, { check: 'signature', role: adminRole })",
  ]),
  ...breaks(
    'src/admin/administrator-store.ts',
    heldBody,
    ['the administrator is not checked again', 'if (administrator) await requireAdministrator(tx, administrator)', ''],
    ['the row of the administrator is not locked', ' FOR SHARE`', '`'],
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
    'a revoked session sets a password',
    "if (!(await isSessionLive(tx, change))) throw new AppError('token_revoked')",
    'void [isSessionLive, AppError]',
  ]),
  ...breaks('src/admin/change-user.ts', changes, [
    'this node does not deny a changed user at once',
    'if (changed) revocations.denyUser(id, user.tokenVersion)',
    'void user.tokenVersion\n    if (endedSessions.length > 1000) revocations.denyUser(id, 0)',
  ]),
  ...breaks('src/admin/end-user-sessions.ts', changes, [
    'this node does not deny an ended session at once',
    'revocations.denyUser(id, ended.tokenVersion)',
    'void revocations',
  ]),
  ...breaks(
    'src/admin/user-admin-store.ts',
    changes,
    [
      'disabling gives no reason to the sessions it ends',
      'disabled && user.disabledAt === null ? await endSessions(tx, id) : undefined',
      'undefined as EndedSessions | undefined',
    ],
    ['sessions end with another reason', "reason: 'admin' })\n\nconst", "reason: 'logout' })\n\nconst"],
    ['a change to the same roles writes an event', 'if (added.length + removed.length === 0) return []', ''],
    [
      'disabling a disabled user writes an event',
      'if (disabled === undefined || disabled === (user.disabledAt !== null)) return []',
      'if (disabled === undefined) return []',
    ],
    ['ending no session writes an event', 'if (ended.count > 0) await', 'await'],
    ['the audit event has no actor', 'actorId: administrator?.userId', 'actorId: undefined'],
  ),
  ...breaks(
    'src/accounts/last-admin-store.ts',
    lastAdmin,
    [
      'two administrators demote each other at once',
      'await execute(tx, sql`SELECT pg_advisory_xact_lock(${advisoryLocks.lastAdmin})`)',
      'void advisoryLocks',
    ],
    ['no administrator need remain', "if (others === 0) throw new AppError('last_admin')", 'void [others, AppError]'],
    [
      'a disabled administrator counts',
      'roles: { has: adminRole }, disabledAt: null } })',
      'roles: { has: adminRole } } })',
    ],
  ),
  ...breaks('src/admin/user-admin-store.ts', lastAdmin, [
    'the last administrator can be disabled',
    '(disabled || !roles.includes(adminRole))',
    '!roles.includes(adminRole)',
  ]),
  ...breaks(
    'src/admin/user-list-store.ts',
    users,
    ['a page ends at a name that many users have', 'OR id > ${after.id}::uuid)', ')'],
    ['a page begins with the last row of the page before', 'email_key ~>~ ${after.key}', 'email_key ~>=~ ${after.key}'],
    [
      'a search of names does not ignore case',
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
    'src/http/cursor.ts',
    users,
    ['the list ends after a full page', 'rows.length > limit ? page.at(-1)', 'rows.length > limit + 1 ? page.at(-1)'],
    ['a cursor works for every list', 'list: z.literal(name)', 'list: z.string()'],
  ),
  ...breaks('src/http/cursor.ts', 'test/admin/crafted.test.ts', [
    'a cursor is taken at its word',
    'if (at.success) return at.data',
    "if (parse(text) === undefined) return parse(Buffer.from(text, 'base64url').toString()) as never",
  ]),
  ...breaks(
    'src/admin/audit-list-store.ts',
    audit,
    [
      'events are lost if a page ends between events of the same time',
      '{ id: { lt: after.id } }]',
      '{ id: { lt: 0n } }]',
    ],
    ['`to` is inclusive', 'and.push({ at: { lt: to } })', 'and.push({ at: { lte: to } })'],
  ),
  ...breaks('src/admin/wire.ts', audit, [
    'the error of a mail server is shown with the email address',
    'withoutAddresses(mail.lastError)',
    'mail.lastError',
  ]),
  ...breaks(
    'src/privacy/deletion-store.ts',
    deletion,
    ['IP addresses stay in the audit log', 'await scrubAudit(tx, userId, sessionIds)', 'void scrubAudit'],
    ['mails about the user stay', 'await tx.mail.deleteMany({ where: { userId } })', ''],
    ['no mail confirms the deletion', 'await postMail(tx, mail)', 'void postMail'],
    ['a session that has been revoked meanwhile is enough', ' && session.isLive)', ')'],
    ['another session of the user is enough', 'session.id === sessionId && session.isLive)', 'session.isLive)'],
    ['the session is not locked', 'ORDER BY s.id FOR UPDATE', 'ORDER BY s.id'],
    ['sessions are locked in any order', 'ORDER BY s.id FOR UPDATE', 'FOR UPDATE'],
    ['the account is not locked', 'lockAccount(tx, userId)', 'tx.user.findUnique({ where: { id: userId } })'],
    ['the events of a deletion that are left are forgotten', 'sessionIds)) === eventsAtOnce', 'sessionIds)) < 0'],
  ),
  ...breaks('src/privacy/delete-account.ts', deletion, [
    'this node does not deny the sessions of a deleted user at once',
    'revocations.denyUser(userId, aboveAllVersions)',
    'void [revocations, aboveAllVersions]',
  ]),
  ...breaks('src/privacy/export-wire.ts', deletion, [
    'the IP address of an administrator is exported',
    'ip: foreign ? null : event.ip',
    'ip: event.ip',
  ]),
  ...breaks('src/privacy/routes.ts', deletion, [
    'cookies stay',
    "if (transport.modeOf(request) === 'cookie') transport.forget(reply)",
    '',
  ]),
  ...breaks(
    'src/keys/key-keeper.ts',
    events,
    ['the rotation of a key writes no event', "await changes.record({ type: 'key_rotated', detail })", 'void detail'],
    ['the revocation of a key writes no event', "await changes.record({ type: 'key_revoked', detail: { kid } })", ''],
  ),
  ...breaks('src/sessions/session-list-store.ts', events, [
    'the audit event names the wrong session',
    `\${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'session', id)`,
    `id,
      jsonb_build_object('reason', 'signed_out', 'session', \${p.sessionId}::uuid)`,
  ]),
  ...breaks(
    'src/sessions/rotation-sql.ts',
    events,
    ['the event about a revoked session has no user', "'refresh_ended', user_id,", "'refresh_ended', NULL::uuid,"],
    ['every refresh writes an event about a revoked session', 'WHERE NOT EXISTS (SELECT FROM rotated)', 'WHERE true'],
  ),
  ...breaks('src/passwords/password-store.ts', events, [
    'the event about a new password has no actor',
    'const who = { actorId: id, subjectId: id }',
    'const who = { subjectId: id }',
  ]),
  ...breaks('src/signin/login.ts', secrecy, [
    'the event about a failed login has the typed email',
    'subjectId: account?.id, context }',
    'subjectId: account?.id, context, detail: { email } }',
  ]),
  ...breaks(
    'src/commands/change-admins.ts',
    command,
    ['a password from stdin is printed', '{ text: done,', '{ text: done + password,'],
    [
      'the link for the first password does not expire',
      'const lifeSeconds = config.passwordResetSeconds',
      'const lifeSeconds = 1e9',
    ],
    [
      'an operator cannot revoke the role',
      'await users.change(user.id, change, undefined)',
      'await users.change(user.id, is ? { roles } : {}, undefined)',
    ],
  ),
  ...breaks('src/app.ts', 'test/admin/fresh-login.test.ts', [
    'writes require no recent login',
    'guard(scope, { ...recent, ...administrators })',
    "guard(scope, { check: 'session', ...administrators })",
  ]),
  ...breaks('src/app.ts', 'test/accounts/fresh-login.test.ts', [
    'a change of the email requires no recent login',
    'guard(scope, freshSession)\n    emailChangeRoutes',
    "guard(scope, { check: 'session' })\n    emailChangeRoutes",
  ]),
  ...breaks('src/app.ts', matrix, [
    'a route requires a recent login without saying so in openapi.yaml',
    'factorRoutes(scope, { transport, factors })\n  })',
    'guard(scope, { maxAgeSeconds: 600 })\n    factorRoutes(scope, { transport, factors })\n  })',
  ]),
  ...breaks('src/guard/audit-refusals.ts', 'test/admin/refused.test.ts', [
    'an old login leaves no event',
    "'forbidden', 'reauthentication_required', ",
    "'forbidden', ",
  ]),
  ...breaks('src/audit/audit-store.ts', 'test/admin/refused.test.ts', [
    'refused requests fill the audit log',
    'recordAboutUser(prisma, event, known)',
    'recordAboutUser(prisma, event, known && sql`false`)',
  ]),
]
