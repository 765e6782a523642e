/** Deliberate breaks of registrations that wait for the verification of their address. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const store = 'src/registration/registration-store.ts'
const registration = 'test/registration/registration.test.ts'
const takeover = 'test/registration/takeover.test.ts'
const signup = 'test/registration/signup.test.ts'
const login = 'src/signin/login.ts'
const passwordOfThe = (which: string) =>
  `r.name, (SELECT password_hash FROM one_time_tokens n WHERE n.email_key = r.email_key
            ORDER BY n.created_at ${which}, n.id ${which} LIMIT 1),`

export const mutants: readonly Mutant[] = [
  ...breaks(
    store,
    registration,
    ['the first registration has the last word', 'r.name, r.password_hash,', passwordOfThe('ASC')],
    ['the newest registration has the last word', 'r.name, r.password_hash,', passwordOfThe('DESC')],
    [
      'a registration removes earlier ones of the address',
      `), mail AS (
    INSERT INTO mails (id, kind, sealed)`,
      `), dropped AS (DELETE FROM one_time_tokens WHERE email_key = \${p.emailKey}), mail AS (
    INSERT INTO mails (id, kind, sealed)`,
    ],
    ['other registrations survive', 'WHERE email_key = ${key} OR', 'WHERE hash = ${hash} OR'],
    ['a registration does not expire', ' AND r.expires_at > statement_timestamp()\n          ON', '\n          ON'],
    ['an account is opened unproven', 'r.password_hash, statement_timestamp()', 'r.password_hash, NULL::timestamptz'],
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
    ['the owner of a known address is not told', 'if (isTaken || !allowed) {', 'if (!allowed) {'],
    [
      'the mail to the owner goes to the typed spelling',
      'alreadyRegistered(owner.email)',
      'alreadyRegistered(wish.email)',
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
    '    if (isTaken || !allowed) {',
    '    if (isTaken || !allowed) {\n      await new Promise((resolve) => setTimeout(resolve, 12))',
  ]),
  ...breaks(
    login,
    takeover,
    ['users with unverified addresses can log in', 'verifiedOnly && account?.emailVerifiedAt === null', 'false'],
    ['strangers learn who has not proven', 'if (!account || !matches) throw', 'if (!account) throw'],
  ),
  ...breaks('src/email-addresses/email-address-mails.ts', 'test/mail/mails.test.ts', [
    'the mail does not tell registrations apart',
    `\`\${at.toISOString().slice(0, 16).replace('T', ' at ')} UTC.\``,
    '`${at.getUTCFullYear()}.`',
  ]),
  ...breaks(
    'prisma/migrations/20261121122228_pending_registrations/migration.sql',
    registration,
    ['a registration may be somebody’s', 'THEN "user_id" IS NULL AND', 'THEN'],
    ['a registration may lack its password', ' AND "email_key" IS NOT NULL AND "password_hash" IS NOT NULL', ''],
    ['other links may hold a password', ' AND "name" IS NULL AND "password_hash" IS NULL', ''],
  ),
]
