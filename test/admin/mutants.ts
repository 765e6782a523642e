/** Deliberate breaks of administration, the audit log and of leaving. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const changes = 'test/admin/changes.test.ts'
const matrix = 'test/admin/matrix.test.ts'
const users = 'test/admin/users.test.ts'
const audit = 'test/admin/audit.test.ts'
const lastAdmin = 'test/admin/last-admin.test.ts'
const command = 'test/admin/admin-command.test.ts'
const departure = 'test/accounts/departure.test.ts'
const events = 'test/audit/events.test.ts'
const secrecy = 'test/audit/secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/verification/require-role.ts',
    matrix,
    ['everybody is an administrator', 'principalOf(request).roles.includes(role)', 'principalOf(request).roles'],
    ['a person with no role is one', 'roles.includes(role)', "roles.join().includes(role === 'admin' ? '' : role)"],
  ),
  ...breaks(
    'src/app.ts',
    matrix,
    [
      'reads ask for no role',
      "scope.addHook('onRequest', requireRole(adminRole))\n    adminReadRoutes",
      'adminReadRoutes',
    ],
    [
      'writes ask for no role',
      "scope.addHook('onRequest', requireRole(adminRole))\n    adminWriteRoutes",
      'adminWriteRoutes',
    ],
  ),
  ...breaks('src/app.ts', changes, [
    'a token that another node has not heard of is enough',
    "authenticate({ check: 'session' }))\n    scope.addHook('onRequest', requireRole(adminRole))\n    adminReadRoutes",
    "authenticate({ check: 'signature' }))\n    scope.addHook('onRequest', requireRole(adminRole))\n    adminReadRoutes",
  ]),
  ...breaks('src/admin/change-user.ts', changes, [
    'this node denies only when the feed says so',
    'if (changed) revocations.denyPerson(id, user.tokenVersion)',
    'void user.tokenVersion\n    if (endedSessions.length > 1000) revocations.denyPerson(id, 0)',
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
    ['sessions end for no reason', "revokeReason: 'admin'", "revokeReason: 'logout'"],
    ['what is so already is an event', 'if (added.length + removed.length === 0) return []', ''],
    [
      'disabling what is disabled is one',
      'if (disabled === undefined || disabled === (user.disabledAt !== null)) return []',
      'if (disabled === undefined) return []',
    ],
    ['ending nothing is an event', 'if (ended.length > 0) await', 'await'],
    ['nobody did it', 'actorId: actor?.userId', 'actorId: undefined'],
  ),
  ...breaks(
    'src/accounts/last-admin-store.ts',
    lastAdmin,
    [
      'two demote each other at once',
      'await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLocks.lastAdmin})`',
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
    ['a name that many have ends a page for good', 'OR id > ${id})', ')'],
    [
      'a page begins with the last row of the one before',
      'email_key ~>~ ${value(after.key)}',
      'email_key ~>=~ ${value(after.key)}',
    ],
    [
      'names are looked for as they are written',
      'lower(name) ~>=~ lower(${value(namePrefix)})',
      'lower(name) ~>=~ ${value(namePrefix)}',
    ],
    [
      'who is disabled is not',
      "disabled_at IS ${filter.disabled ? 'NOT ' : ''}NULL",
      "disabled_at IS ${filter.disabled ? '' : 'NOT '}NULL",
    ],
  ),
  ...breaks('src/admin/cursor.ts', users, [
    'the list ends where a page is full',
    'rows.length > limit ? page.at(-1)',
    'rows.length > limit + 1 ? page.at(-1)',
  ]),
  ...breaks('src/admin/cursor.ts', 'test/admin/crafted.test.ts', [
    'a cursor is taken at its word',
    'if (read.success) return read.data',
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
    'src/accounts/deletion-store.ts',
    departure,
    ['addresses of machines stay', 'await scrubAudit(tx, userId, sessionIds)', 'void scrubAudit'],
    ['letters about the person stay', 'await tx.mail.deleteMany({ where: { userId } })', ''],
    ['nobody is told', 'await postMail(tx, letter)', 'void postMail'],
    [
      'a password that was changed meanwhile is enough',
      'if (user?.passwordHash !== passwordHash) return undefined',
      'if (!user) return undefined',
    ],
    ["an administrator's address goes as well", 'OR (actor_id IS NULL\n', 'OR (true\n'],
    [
      'an event that knows only the session is passed over',
      'OR session_id = ANY(${sessionIds}::uuid[])',
      'OR ${sessionIds}::uuid[] IS NULL',
    ],
    ['only so many events are gone through', 'scrubbed === eventsAtOnce; ', 'scrubbed < 0; '],
  ),
  ...breaks(
    'src/accounts/delete-account.ts',
    departure,
    [
      'any password will do',
      'if (!(await passwords.check(password, passwordHash)).matches) {',
      'if (password === passwordHash) {',
    ],
    [
      'this node lets the deleted in',
      'for (const id of ended) revocations.denySession(id, userId)',
      'void revocations',
    ],
  ),
  ...breaks('src/accounts/export-account.ts', departure, [
    'where an administrator sat is told',
    'ip: foreign ? null : event.ip',
    'ip: event.ip',
  ]),
  ...breaks('src/accounts/routes.ts', departure, [
    'cookies stay',
    "if (credentials.modeOf(request) === 'cookie') credentials.forget(reply)",
    '',
  ]),
  ...breaks(
    'src/keys/key-keeper.ts',
    events,
    ['a rotated key is no event', "await changes.record({ type: 'key_rotated', detail })", 'void detail'],
    ['a revoked key is no event', "await changes.record({ type: 'key_revoked', detail: { kid } })", ''],
  ),
  ...breaks('src/sessions/login.ts', secrecy, [
    'what was typed is written down',
    'subjectId: account?.id, context }',
    'subjectId: account?.id, context, detail: { email } }',
  ]),
  ...breaks(
    'src/commands/admin.ts',
    command,
    [
      'a password that was piped in is printed',
      'return { password: piped, made: false }',
      'return { password: piped, made: true }',
    ],
    [
      'an operator may revoke the last one',
      'await users.change(user.id, { roles }, undefined)',
      'await users.change(user.id, is ? { roles } : {}, undefined)',
    ],
  ),
  ...breaks('src/app.ts', 'test/admin/fresh-login.test.ts', [
    'writes ask for no fresh login',
    "authenticate({ check: 'session', maxAgeSeconds })",
    "authenticate({ check: 'session', ...(maxAgeSeconds > 0 ? {} : { maxAgeSeconds }) })",
  ]),
]
