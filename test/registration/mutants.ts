/** Deliberate breaks of registrations that wait for the verification of their address. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'src/registration/registration-store.ts'
const registration = 'test/registration/registration.test.ts'
const takeover = 'test/registration/takeover.test.ts'
const signup = 'test/registration/signup.test.ts'
const login = 'src/signin/login.ts'
const shared = 'test/registration/shared-address.test.ts'
const open = 'src/registration/open-account.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    store,
    registration,
    ['other registrations survive', 'WHERE email_key = ${key} OR', 'WHERE hash = ${hash} OR'],
    ['a registration does not expire', ' AND r.expires_at > statement_timestamp()\n          ON', '\n          ON'],
    [
      'an account is opened unproven',
      '${chosen.passwordHash}, statement_timestamp()',
      '${chosen.passwordHash}, NULL::timestamptz',
    ],
    [
      'two links of an address are an account each, or a fault',
      'ON CONFLICT (email_key) DO UPDATE',
      'ON CONFLICT (id) DO UPDATE',
    ],
    [
      'a disabled account is opened anew',
      'u.email_verified_at IS NULL AND u.disabled_at IS NULL',
      'u.email_verified_at IS NULL',
    ],
    [
      'an old link takes an account that was opened since',
      '\n            AND u.created_at < (SELECT created_at FROM one_time_tokens WHERE hash = ${hash})',
      '',
    ],
    [
      'who comes second is told of a stranger',
      "left.length === 0 ? 'invalid_one_time_token' : 'email_taken'",
      "'email_taken'",
    ],
    [
      'who is taken is told of a used link',
      "left.length === 0 ? 'invalid_one_time_token' : 'email_taken'",
      "'invalid_one_time_token'",
    ],
    [
      'an account does not get the spelling of the mail',
      'SELECT ${newId}::uuid, r.email, r.email_key',
      'SELECT ${newId}::uuid, r.email_key, r.email_key',
    ],
    [
      'nobody writes down who registered',
      "if (id === newId) await recordAudit(tx, { type: 'account_registered', ...who })",
      '',
    ],
    ['a verification is not audited', "await recordAudit(tx, { type: 'email_verified', ...who })", ''],
  ),
  ...breaks(
    store,
    takeover,
    ['a proven account is taken over', 'u.email_verified_at IS NULL AND u.disabled_at', 'u.disabled_at'],
    [
      'a stranger’s sessions survive',
      "await endSessionsOf(tx, { userId: id, reason: 'password_reset' })",
      '{ count: 0, tokenVersion: 0 } as EndedSessions',
    ],
    ['a stranger’s name stays', 'name = excluded.name,', ''],
    ['a stranger’s password stays', 'password_hash = excluded.password_hash,', ''],
    ['a stranger’s links survive', ' OR user_id = ${id}::uuid', ''],
    [
      'a session that began a moment before is not seen',
      'return { userId: id, ended }\n      })',
      "return { userId: id, ended }\n      }, { isolationLevel: 'RepeatableRead' })",
    ],
    [
      'a used link opens an account',
      'if (!dropped.some((link) => hash.equals(link.hash)))',
      'if (dropped === undefined)',
    ],
  ),
  ...breaks(
    store,
    shared,
    [
      'a registration without a mail is not kept',
      'statement_timestamp() + ${p.lifeSeconds}',
      'statement_timestamp() - CASE WHEN ${p.mailed} THEN 0 ELSE 2 END * ${p.lifeSeconds}',
    ],
    ['registrations of an address are kept without end', 'AND NOT mailed\n', 'AND NOT mailed AND false\n'],
    ['a flood removes the links in the mailbox', 'AND NOT mailed\n', ''],
    ['a link stands for its own registration only', 'ON r.email_key = link.email_key', 'ON r.id = link.id'],
    [
      'each registration sends a mail',
      'SELECT ${p.mailId}, ${p.kind}, ${p.sealed} WHERE ${p.mailed}',
      'SELECT ${p.mailId}, ${p.kind}, ${p.sealed}',
    ],
    [
      'an older registration has no chance against a newer flood',
      'ORDER BY r.id = link.id DESC, r.created_at DESC',
      'ORDER BY r.created_at DESC',
    ],
  ),
  ...breaks(
    open,
    shared,
    [
      'any password opens the account',
      'if (matches) return { matches, chosen',
      'if (passwordHash) return { matches: true as const, chosen',
    ],
    [
      'without a password, the first registration decides',
      '      throw noPassword()\n',
      '      return pending.registrations[0] ?? fail()\n',
    ],
    ['a new password may be weak', "requireGoodPassword(newPassword, pending.email, '/new_password')", ''],
    [
      'a link is good for any number of guesses',
      'await limits.inSession(link, () => findOwn(password, pending, passwords))',
      'await findOwn(password, pending, passwords)',
    ],
    [
      'the name of a stranger is kept with a new password',
      'return { name: null, passwordHash',
      'return { name: pending.registrations[0]?.name ?? null, passwordHash',
    ],
  ),
  ...breaks('src/registration/await-verification.ts', shared, [
    'a registration without a mail is dropped',
    'await registrations.insert(wanted,',
    'if (allowed) await registrations.insert(wanted,',
  ]),
  ...breaks('src/registration/open-account.ts', takeover, [
    'this node hears last of the sessions it ends',
    'revocations.denyUser(userId, ended.tokenVersion)',
    'void revocations',
  ]),
  ...breaks('src/registration/open-account.ts', registration, [
    'closed opens accounts by old links',
    "if (signup === 'closed') throw new AppError('signup_closed')",
    '',
  ]),
  ...breaks('src/registration/register.ts', registration, [
    'there is an account before the proof',
    "if (signup === 'verified') {",
    "if (signup === 'verified' && known) {",
  ]),
  ...breaks('src/email-addresses/send-verification.ts', registration, [
    'a link is sent that does not say whose password it lets in',
    'verifiedOnly ? null : await',
    'await',
  ]),
  ...breaks(
    'src/registration/await-verification.ts',
    signup,
    ['the owner of a known address is not told', 'if (isTaken) {', 'if (isTaken && !allowed) {'],
    [
      'the mail to the owner goes to the typed spelling',
      'alreadyRegistered(owner.email)',
      'alreadyRegistered(wanted.email)',
    ],
  ),
  ...breaks('src/registration/await-verification.ts', takeover, [
    'an account from before keeps its owner out',
    'known && (known.emailVerifiedAt !== null || known.disabledAt !== null)',
    'known',
  ]),
  ...breaks('src/registration/await-verification.ts', registration, [
    'a disabled user gets a link',
    ' || known.disabledAt !== null',
    '',
  ]),
  ...breaks('src/registration/await-verification.ts', 'test/faults/accounts/enumeration.test.ts', [
    'telling an owner takes a little longer',
    '    if (isTaken) {',
    '    if (isTaken) {\n      await new Promise((resolve) => setTimeout(resolve, 12))',
  ]),
  ...breaks(
    login,
    takeover,
    ['users with unverified addresses can log in', 'verifiedOnly && account?.emailVerifiedAt === null', 'false'],
    ['strangers learn who has not proven', 'if (!account || !matches) throw', 'if (!account) throw'],
  ),
  ...breaks(
    'prisma/migrations/20261121122228_pending_registrations/migration.sql',
    registration,
    ['a registration may be somebody’s', 'THEN "user_id" IS NULL AND', 'THEN'],
    ['a registration may lack its password', ' AND "email_key" IS NOT NULL AND "password_hash" IS NOT NULL', ''],
    ['other links may hold a password', ' AND "name" IS NULL AND "password_hash" IS NULL', ''],
  ),
  ...breaks('src/registration/open-account.ts', 'test/registration/passkey.test.ts', [
    'a link alone opens an account with the passkey of whoever registered',
    'if (choice.byCode && own?.passkey) return own',
    'if (own?.passkey) return own',
  ]),
  ...breaks('src/registration/registration-store.ts', 'test/registration/passkey.test.ts', [
    'the passkey of a stranger outlives a take-over',
    'await removeFactors(tx, id)',
    '',
  ]),
  ...breaks('src/passwords/password-store.ts', 'test/registration/passkey.test.ts', [
    'the passkey of a stranger outlives the first reset by mail',
    'await removeFactors(tx, id)',
    '',
  ]),
  ...breaks('src/registration/passkey-account-store.ts', 'test/registration/passkey.test.ts', [
    'an address is taken twice',
    'if (inserted === 0) return undefined',
    '',
  ]),
  ...breaks('src/registration/passkey/register-with-passkey.ts', 'test/registration/passkey.test.ts', [
    'a challenge of one email is good for another',
    'binding: key })',
    "binding: '' })",
  ]),
]
