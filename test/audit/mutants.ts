/** Deliberate breaks of the audit log and the export. Each of them must make its test fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const gone = 'test/audit/gone.test.ts'
const exporting = 'test/privacy/export.test.ts'
const repetitions = 'test/audit/repetitions.test.ts'

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
  ...breaks('src/sessions/rotation-sql.ts', gone, [
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
  ...breaks(
    'prisma/migrations/20261128020206_audit_repetitions/migration.sql',
    repetitions,
    ['each repetition is a row', 'WHEN (pg_trigger_depth() = 0 AND', 'WHEN (pg_trigger_depth() > 9 AND'],
    ['a theft is a repetition', `AND NEW."type" <> 'refresh_reused')`, ')'],
    ['guesses at unknown emails are one event', ' AND NEW."subject_id" IS NOT NULL', ''],
    ['a guess at another account is a repetition', 'NEW."subject_id", NEW."session_id"', 'NEW."session_id"'],
    ['a guess from another address is a repetition', `CASE WHEN NEW."type" <> 'refresh_ended' THEN NEW."ip" END, `, ''],
    [
      'each address makes a row of a dead token',
      `CASE WHEN NEW."type" <> 'refresh_ended' THEN NEW."ip" END`,
      'NEW."ip"',
    ],
    ['an event of last week is a repetition', `, floor(extract(epoch FROM NEW."at") / 3600)`, ''],
    ['repetitions are lost', '"audit_events"."count" + 1', '2'],
  ),
  ...breaks('prisma/migrations/20261128013700_audit_rights/migration.sql', repetitions, [
    'what was made from the address stays',
    ', "repeat_key" = NULL',
    '',
  ]),
  ...breaks('src/audit/audit-sql.ts', gone, [
    'the address of a refresh without a user is kept',
    `sql\`CASE WHEN \${condition} THEN \${context}::jsonb->>'ip' END,`,
    `sql\`CASE WHEN \${condition} OR true THEN \${context}::jsonb->>'ip' END,`,
  ]),
]
