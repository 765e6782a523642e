/** Deliberate breaks of accounts and password hashes. `npm run test:mutants` makes each and expects its test to fail. */

import { breaks, type Mutant } from '../setup/mutant.ts'

const hashes = 'src/passwords/password-hash.ts'
const hashTest = 'test/passwords/password-hash.test.ts'
const accountTest = 'test/accounts/accounts.test.ts'
const withoutEmail = 'test/accounts/without-email.test.ts'
const enumeration = 'test/faults/accounts/enumeration.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'an unknown email costs no hash',
    file: hashes,
    find: 'await run(() => compareWithNobody(password))',
    replace: 'if (unusable) await run(() => compareWithNobody(password))',
    test: hashTest,
  },
  {
    name: 'bcrypt sees the password itself',
    file: hashes,
    find: ".digest('base64')",
    replace: ".digest('base64').slice(64) + password",
    test: hashTest,
  },
  {
    name: 'passwords are not normalised',
    file: hashes,
    find: ".update(password.normalize('NFKC'))",
    replace: '.update(password)',
    test: hashTest,
  },
  {
    name: 'old hashes are never renewed',
    file: hashes,
    find: 'return found.isCurrent ? { matches }',
    replace: 'return found.isCurrent || true ? { matches }',
    test: accountTest,
  },
  {
    name: 'the number of concurrent hashes is not limited',
    file: 'src/passwords/hash-queue.ts',
    find: 'if (active >= running) await',
    replace: 'if (active >= 1000 * running) await',
    test: 'test/passwords/hash-queue.test.ts',
  },
  {
    name: 'a failed hash keeps its place in the queue',
    file: 'src/passwords/hash-queue.ts',
    find: 'if (!startNext()) active--',
    replace: '',
    test: 'test/passwords/hash-queue.test.ts',
  },
  {
    name: 'a session starts although the password was changed meanwhile',
    file: 'src/accounts/user-sql.ts',
    find: 'AND credential_version = ${credentialVersion} AND',
    replace: 'AND ${credentialVersion} >= 0 AND',
    test: accountTest,
  },
  {
    name: 'a second registration at the same time ends in a 500',
    file: 'src/accounts/account-store.ts',
    find: 'ON CONFLICT (email_key) DO NOTHING',
    replace: '',
    test: accountTest,
  },
  {
    name: 'a body may have unknown members',
    file: 'src/accounts/account.ts',
    find: 'export const registration = z\n  .strictObject(',
    replace: 'export const registration = z\n  .object(',
    test: accountTest,
  },
  {
    name: 'two addresses may differ in case alone',
    file: 'src/email-addresses/email.ts',
    find: ".normalize('NFKC').toLowerCase()",
    replace: ".normalize('NFKC')",
    test: accountTest,
  },
  {
    name: 'a disabled user can log in',
    file: 'src/signin/login.ts',
    find: ' || account.disabledAt',
    replace: '',
    test: accountTest,
  },
  ...breaks(
    'src/signin/login.ts',
    enumeration,
    [
      'an address that nobody has costs no hash',
      'const { matches, renewed } =',
      "if (!account) throw new AppError('invalid_credentials')\n    const { matches, renewed } =",
    ],
    [
      'a disabled account costs no hash',
      'const { matches, renewed } =',
      "if (account?.disabledAt) throw new AppError('invalid_credentials')\n    const { matches, renewed } =",
    ],
    [
      'strangers learn who is disabled',
      'if (!account || !matches) throw',
      'if (!account || (!matches && !account.disabledAt)) throw',
    ],
  ),
  ...breaks('src/registration/register.ts', enumeration, [
    'a known address costs no hash',
    'const passwordHash = await hashing.of(requester, place).hash(password)',
    "const passwordHash = known ? '' : await passwords.hash(password)",
  ]),
  ...breaks(
    'src/passwords/request-reset.ts',
    enumeration,
    [
      'an unknown address is quicker',
      'const userId = account?.id ?? null',
      `if (!account) return\n    const userId = account.id`,
    ],
    [
      'a known address takes a little longer',
      'const userId = account?.id ?? null',
      `if (account) await new Promise((resolve) => setTimeout(resolve, 7))\n    const userId = account?.id ?? null`,
    ],
  ),
  ...breaks('src/email-addresses/send-verification.ts', enumeration, [
    'a link for a known address takes longer',
    'await emails.insertVerification(user,',
    `if (account) await new Promise((resolve) => setTimeout(resolve, 7))
      await emails.insertVerification(user,`,
  ]),
  ...breaks(
    'prisma/migrations/20261128044227_user_without_email/migration.sql',
    withoutEmail,
    ['an email may have no key', '("email" IS NULL) = ("email_key" IS NULL)', 'true'],
    ['nothing is verified', '("email" IS NOT NULL OR "email_verified_at" IS NULL)', 'true'],
  ),
  ...breaks(
    'src/email-addresses/email-address-store.ts',
    withoutEmail,
    ['a user without an email gets none', 'u.email IS NOT DISTINCT FROM ${p.from}', 'u.email = ${p.from}'],
    [
      'an email is replaced without a mail to it',
      'u.email IS NOT DISTINCT FROM ${p.from}',
      '(${p.from}::text IS NULL OR u.email = ${p.from})',
    ],
  ),
  ...breaks('src/email-addresses/verify-email.ts', withoutEmail, [
    'a mail about the first email is sent to nobody',
    'current === null ? undefined : await outbox.seal(mails.changed(current), userId)',
    "await outbox.seal(mails.changed(current ?? ''), userId)",
  ]),
  ...breaks('src/passwords/change-password.ts', withoutEmail, [
    'a mail about a new password is sent to nobody',
    'account.email === null ? undefined : await outbox.seal(mails.changed(account.email,',
    "await outbox.seal(mails.changed(account.email ?? '',",
  ]),
  ...breaks('src/privacy/delete-account.ts', withoutEmail, [
    'a mail about a deletion is sent to nobody',
    'account.email === null ? undefined : await outbox.seal(confirmation(account.email)',
    "await outbox.seal(confirmation(account.email ?? '')",
  ]),
  ...breaks('src/admin/user-admin-store.ts', withoutEmail, [
    'administrators verify what is not there',
    "if (user.email === null) throw invalidMember('/email_verified', 'nothing_to_verify')",
    '',
  ]),
]
