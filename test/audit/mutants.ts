/** Deliberate breaks of what is written down and given out. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const gone = 'test/audit/gone.test.ts'
const exporting = 'test/privacy/export.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/audit/audit-store.ts',
    gone,
    ['a deletion is not waited for', '::uuid FOR KEY SHARE', '::uuid'],
    ['a deleted user is named', 'IS NULL OR EXISTS (SELECT FROM subject)', 'IS NULL OR true'],
    ['strangers come from nowhere', '::uuid IS NULL OR EXISTS', '::uuid IS NOT NULL AND EXISTS'],
    ['failures do not look whether anybody is there', 'recordAboutUser(prisma, event)', 'recordAudit(prisma, event)'],
  ),
  ...breaks('src/passwords/password-store.ts', gone, [
    'who asks for a link and leaves is named',
    'await recordAboutUser(tx,',
    'await recordAudit(tx,',
  ]),
  ...breaks('src/sessions/session-store.ts', gone, [
    'a session that is deleted meanwhile is named',
    'AND NOT EXISTS (SELECT FROM rotated) FOR KEY SHARE',
    'AND NOT EXISTS (SELECT FROM rotated)',
  ]),
  ...breaks('src/privacy/export-store.ts', gone, [
    'an export does not lock the user',
    'await execute(tx, sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR KEY SHARE`)',
    '',
  ]),
  ...breaks(
    'src/privacy/export-store.ts',
    exporting,
    [
      'letters of others',
      'where: { userId, kind: { not: toAnotherAddress } }',
      'where: { kind: { not: toAnotherAddress } }',
    ],
    ['links of others', 'tx.oneTimeToken.findMany({ where: { userId },', 'tx.oneTimeToken.findMany({ where: {},'],
    ['events of the sessions are left out', '{ actorId: userId }, ofSessions]', '{ actorId: userId }]'],
  ),
  ...breaks('src/privacy/export-store.ts', 'test/email-addresses/change.test.ts', [
    'a letter to another address tells whether it went out',
    ', kind: { not: toAnotherAddress }',
    '',
  ]),
  ...breaks('src/privacy/export-account.ts', exporting, [
    'where an administrator was is told',
    'ip: foreign ? null : event.ip',
    'ip: event.ip',
  ]),
  ...breaks('src/audit/audit-sql.ts', gone, [
    'the address of a refresh without a user is kept',
    `sql\`CASE WHEN \${condition} THEN \${context}::jsonb->>'ip' END,`,
    `sql\`CASE WHEN \${condition} OR true THEN \${context}::jsonb->>'ip' END,`,
  ]),
]
