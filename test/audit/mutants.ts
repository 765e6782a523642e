/** Deliberate breaks of the audit log and the export. Each of them must make its test fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const gone = 'test/audit/gone.test.ts'
const exporting = 'test/privacy/export.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/audit/audit-store.ts',
    gone,
    ['the event does not wait for a deletion', '::uuid FOR KEY SHARE', '::uuid'],
    ['a deleted user is named', 'IS NULL OR EXISTS (SELECT FROM subject)', 'IS NULL OR true'],
    ['an event without a user has no address', '::uuid IS NULL OR EXISTS', '::uuid IS NOT NULL AND EXISTS'],
    ['an event about a failure does not lock the user', 'recordAboutUser(prisma, event)', 'recordAudit(prisma, event)'],
  ),
  ...breaks('src/passwords/password-store.ts', gone, [
    'the request for a reset link names a deleted user',
    'await recordAboutUser(tx,',
    'await recordAudit(tx,',
  ]),
  ...breaks('src/sessions/session-store.ts', gone, [
    'the event about a refresh names a deleted user',
    'AND NOT EXISTS (SELECT FROM rotated) FOR KEY SHARE',
    'AND NOT EXISTS (SELECT FROM rotated)',
  ]),
  ...breaks('src/privacy/export-store.ts', gone, [
    'an export does not lock the user',
    'await execute(tx, sql`SELECT 1 FROM users WHERE id = ${asked.userId}::uuid FOR KEY SHARE`)',
    '',
  ]),
  ...breaks(
    'src/privacy/export-store.ts',
    exporting,
    [
      'the export has mails of other users',
      'where: { ...where, kind: { not: toAnotherAddress } }',
      'where: { ...later, kind: { not: toAnotherAddress } }',
    ],
    [
      'the export has links of other users',
      'tx.oneTimeToken.findMany({ where, ...page })',
      'tx.oneTimeToken.findMany({ where: { ...later }, ...page })',
    ],
    ['the export leaves out events of the sessions', '{ actorId: userId }, ofSessions]', '{ actorId: userId }]'],
  ),
  ...breaks('src/privacy/export-store.ts', 'test/email-addresses/change.test.ts', [
    'the export tells whether a mail to another address was sent',
    ', kind: { not: toAnotherAddress }',
    '',
  ]),
  ...breaks('src/privacy/export-wire.ts', exporting, [
    'the address of an administrator is exported',
    'ip: foreign ? null : event.ip',
    'ip: event.ip',
  ]),
  ...breaks('src/audit/audit-sql.ts', gone, [
    'the address of a refresh without a user is kept',
    `sql\`CASE WHEN \${condition} THEN \${context}::jsonb->>'ip' END,`,
    `sql\`CASE WHEN \${condition} OR true THEN \${context}::jsonb->>'ip' END,`,
  ]),
]
