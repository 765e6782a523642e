/** Deliberate breaks of cleaning. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const cleaning = 'test/cleaning/cleaning.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/cleaning/cleaning-store.ts',
    cleaning,
    ['sessions go as soon as they end', "const sessionsKept = '7 days'", "const sessionsKept = '0 days'"],
    ['codes stay', 'email_codes: sql`email_codes`', 'email_codes: sql`attempts`'],
    ['attempts stay', 'WHERE expires_at <= statement_timestamp()', 'WHERE false'],
    ['attempts go early', 'WHERE expires_at <= statement_timestamp()', 'WHERE true'],
    ['dead mail goes at once', "const deadMailKept = '30 days'", "const deadMailKept = '0 days'"],
    ['idle sessions stay', 'least(s.revoked_at, s.idle_expires_at, ', 'least(s.revoked_at, '],
    ['sessions past their absolute end stay', 's.idle_expires_at, s.absolute_expires_at)', 's.idle_expires_at)'],
    ['revoked sessions stay', 'least(s.revoked_at, ', 'least('],
    ['only what is past both ends goes', 'AND (least(s.revoked_at', 'AND (greatest(s.revoked_at'],
    ['sessions that ended together stay', 's.epoch >= u.sessions_valid_from', 'true'],
    ['what ended together is removed although its end is known', 's.revoked_at IS NOT NULL OR s.epoch', 's.epoch'],
    ['every node cleans', '!results.at(-1)?.rows[0]?.mine', 'results.length === 0'],
    [
      'it waits for who is working on a row',
      '  LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`\nconst blocks',
      '  LIMIT ${batchSize} FOR UPDATE))`\nconst blocks',
    ],
    [
      'links go before they expire',
      'WHERE expires_at <= statement_timestamp()',
      "WHERE expires_at <= statement_timestamp() + interval '1 day'",
    ],
    [
      'links stay',
      'WHERE expires_at <= statement_timestamp()',
      "WHERE expires_at <= statement_timestamp() - interval '1 day'",
    ],
    ['audit events go too early', 'remove_expired_audit_events(${days}, ', 'remove_expired_audit_events(0 * ${days}, '],
    [
      'mail that waits goes',
      'WHERE dead_at < statement_timestamp()',
      'WHERE coalesce(dead_at, created_at) < statement_timestamp()',
    ],
    ['nothing is committed', "await client.query('COMMIT')", "await client.query('ROLLBACK')"],
  ),
  ...breaks(
    'src/cleaning/cleaning.ts',
    cleaning,
    ['one batch a minute', 'if (removed < batchSize || loop.signal.aborted) return true', 'return true'],
    [
      'it goes on although it was told to stop',
      'if (removed < batchSize || loop.signal.aborted) return true',
      'if (removed < batchSize) return true',
    ],
    ['each round begins anew', 'nextBlock ?? blocksAtOnce', '0 * (nextBlock ?? 0) + 0 * blocksAtOnce'],
    ['a round reads no further than its part', 'if (from >= all) from = 0', ''],
  ),
  ...breaks('src/start.ts', cleaning, ['nobody begins', '    cleaning.start()\n', '']),
  {
    name: 'what is cleaned away is announced as ended',
    file: 'prisma/migrations/20261121071002_revocations/migration.sql',
    find: 'WHEN (OLD."revoked_at" IS NULL AND least(OLD."idle_expires_at", OLD."absolute_expires_at") > now())',
    replace: '',
    test: cleaning,
  },
]
