/** Deliberate breaks of signing in by mail. `npm run test:mutants -- test/factors/email-codes` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const folder = 'src/factors/email-codes'
const request = 'test/factors/email-codes/request.test.ts'
const code = 'test/factors/email-codes/code.test.ts'
const link = 'test/factors/email-codes/link.test.ts'
const approve = 'test/factors/email-codes/approve.test.ts'
const browser = 'test/factors/email-codes/browser.test.ts'
const reclaim = 'test/factors/email-codes/reclaim.test.ts'
const reauthenticate = 'test/factors/email-codes/reauthenticate.test.ts'
const secondFactor = 'test/factors/email-codes/second-factor.test.ts'
const page = 'test/browser/sign-in-page.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    `${folder}/request-sign-in.ts`,
    request,
    [
      'the attempt tells who has an account',
      'amr: [] }, undefined, secret)',
      'amr: [] }, (await accounts.findByEmailKey(key)) ?? undefined, secret)',
    ],
    [
      'an email without an account leaves no code',
      '    await store.insert(user, {',
      '    if (account) await store.insert(user, {',
    ],
  ),
  ...breaks(`${folder}/request-sign-in.ts`, 'test/limits/sign-in-mails.test.ts', [
    'mails have no limit',
    'account && allowed ? account',
    'account && (allowed || !allowed) ? account',
  ]),
  ...breaks(
    `${folder}/sign-in-mail-store.ts`,
    request,
    ['a disabled account gets a mail', 'AND email = ${p.email} AND disabled_at IS NULL', 'AND email = ${p.email}'],
    ['links pile up', 'const linksKept = 5', 'const linksKept = 50'],
  ),
  ...breaks(`${folder}/sign-in-mail-store.ts`, reauthenticate, [
    'a code works again and again',
    '`DELETE FROM one_time_tokens WHERE hash',
    "`UPDATE one_time_tokens SET purpose = 'sign_in' WHERE hash",
  ]),
  ...breaks(
    `${folder}/prove-email.ts`,
    code,
    ['an email that was changed signs in', 'if (!found || found.email !== link.email) throw', 'if (!found) throw'],
    ['a disabled account is not told', "if (found.disabledAt) throw new AppError('account_disabled')", ''],
  ),
  ...breaks(
    `${folder}/prove-email.ts`,
    link,
    ['any token will do', 'oneTimeTokenHash(token)?.equals(link.hash)', 'oneTimeTokenHash(token)'],
    [
      'nobody has to approve',
      'token === undefined && attempt.approvedAt === null',
      'token !== undefined && attempt.approvedAt === undefined',
    ],
  ),
  ...breaks(`${folder}/prove-email.ts`, secondFactor, [
    'a code is not used up by a sign-in that goes on',
    'consumes: store.use(link) }',
    'consumes: undefined }',
  ]),
  ...breaks(`${folder}/prove-email.ts`, secondFactor, [
    'a mail is two factors',
    "amr: ['email'],",
    "amr: ['email', 'mfa'],",
  ]),
  ...breaks(`${folder}/prove-email.ts`, reclaim, [
    'an unverified email keeps its ways in',
    'if (account.emailVerifiedAt !== null) return account',
    'if (account.id) return account',
  ]),
  ...breaks(`${folder}/login-by-mail.ts`, code, [
    'codes have no end',
    "counts: step.method === 'email_code'",
    'counts: false',
  ]),
  ...breaks(`${folder}/login-by-mail.ts`, link, [
    'to wait for the approval is a try',
    "counts: step.method === 'email_code'",
    'counts: true',
  ]),
  ...breaks(
    'src/factors/remove-factors-store.ts',
    reclaim,
    ['the factors stay', 'await tx.factor.deleteMany({ where })', '{ count: totp }'],
    ['the recovery codes stay', 'await tx.recoveryCode.deleteMany({ where })', '{ count: 1 }'],
  ),
  ...breaks(
    `${folder}/reclaim-store.ts`,
    reclaim,
    [
      'the password stays',
      'updated_at = statement_timestamp(),\n            password_hash = NULL',
      'updated_at = statement_timestamp()',
    ],
    [
      'a change of email stays',
      "await tx.oneTimeToken.deleteMany({ where: { userId: id, purpose: { not: 'sign_in' } } })",
      '',
    ],
    ['a sign-in half done stays', 'await tx.storedAttempt.deleteMany({ where: { userId: id } })', ''],
    ['the owner is not told', 'await postMail(tx, mail)', ''],
    ['a code that was used reclaims', 'if (!user || links.length === 0) return false', 'if (!user) return false'],
    ['two requests reclaim twice', 'AND email_verified_at IS NULL AND disabled_at IS NULL FOR UPDATE', 'FOR UPDATE'],
  ),
  ...breaks(
    `${folder}/approval-store.ts`,
    approve,
    ['numbers have no end', ' AND a.wrong_numbers < ${p.mostWrongNumbers}', ' AND ${p.mostWrongNumbers}::int > 0'],
    [
      'a wrong number approves',
      'WHEN ${isHere(p)} OR a.number = ${p.number}::int\n        THEN coalesce',
      'WHEN true THEN coalesce',
    ],
    ['a link approves after its end', 'o.expires_at > statement_timestamp()\n    AND c.token_id', 'c.token_id'],
    ['a sign-in is approved after its end', ' AND a.expires_at > statement_timestamp()', ''],
  ),
  ...breaks(`${folder}/approval-store.ts`, browser, [
    'every browser is the one that asked',
    'coalesce(a.binding_hash = ${p.bindingHash}::bytea, false)',
    '(a.binding_hash IS NOT NULL OR ${p.bindingHash}::bytea IS NULL)',
  ]),
  ...breaks(`${folder}/approve-sign-in.ts`, approve, [
    'a missing number is a try',
    'number === undefined && !(await read(token, opener)).isHere',
    'number === undefined && token === number',
  ]),
  ...breaks(`${folder}/requester-device.ts`, approve, [
    'a stranger writes on the page',
    'browser.name !== undefined && browsers.has(browser.name)',
    'browser.name !== undefined && browsers.size > 0',
  ]),
  ...breaks(`${folder}/prove-code-in-session.ts`, reauthenticate, [
    'a code works in another session',
    "opened.goal === 'session' || opened.goal.renews.sessionId !== sessionId",
    "opened.goal === 'session'",
  ]),
  ...breaks(`${folder}/request-code.ts`, reauthenticate, [
    'a mail replaces the second factor',
    "email === null || policy.owes(account, goal, ['email'])",
    'email === null',
  ]),
  ...breaks('src/web/browser/sign-in-page.ts', page, [
    'opening the link approves',
    'if (token) show().catch(noAnswer)',
    'if (token) show().then(approve).catch(noAnswer)',
  ]),
]
