/** Deliberate breaks of verifying and changing addresses. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const form = 'test/email-addresses/email.test.ts'
const verify = 'test/email-addresses/verify.test.ts'
const change = 'test/email-addresses/change.test.ts'
const signup = 'test/registration/signup.test.ts'
const pages = 'test/browser/mail-links.test.ts'
const locks = 'test/email-addresses/locks.test.ts'
const store = 'src/email-addresses/email-address-store.ts'
const codes = 'test/email-addresses/codes.test.ts'
const secrecy = 'test/email-addresses/code-secrecy.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(store, locks, [
    'a link is locked before its user',
    `AND purpose = \${purpose})
    FOR \${lock}`,
    'AND purpose = ${purpose} AND ${lock} IS NOT NULL)',
  ]),
  ...breaks('src/email-addresses/mailed-sql.ts', verify, [
    'links pile up',
    'LIMIT ${p.linksKept} - 1)',
    'LIMIT ${p.linksKept} + 1000)',
  ]),
  ...breaks(
    store,
    verify,
    [
      'a link works again and again',
      `DELETE FROM one_time_tokens o USING owner WHERE o.user_id = owner.id AND o.hash = \${hash} AND o.purpose = \${purpose}
    RETURNING o.user_id, o.email, o.bound_to, o.expires_at`,
      'SELECT o.* FROM one_time_tokens o, owner WHERE o.user_id = owner.id AND o.hash = ${hash} AND o.purpose = ${purpose}',
    ],
    ['a link verifies another address', 'u.id = l.user_id AND u.email = l.email', 'u.id = l.user_id'],
    [
      'links do not expire',
      `AND u.email = l.email AND u.disabled_at IS NULL
      AND l.expires_at > statement_timestamp()`,
      'AND u.email = l.email AND u.disabled_at IS NULL',
    ],
    ['disabled users verify addresses', 'AND u.email = l.email AND u.disabled_at IS NULL', 'AND u.email = l.email'],
    ['only the last link works', 'const linksKept = 5', 'const linksKept = 1'],
    [
      'verified addresses get links',
      'email = ${p.email} AND email_verified_at IS NULL AND disabled_at',
      'email = ${p.email} AND disabled_at',
    ],
    [
      'a verification is not audited',
      `SELECT 'email_verified', id, id, \${auditContextValues(p.context)} FROM u`,
      `SELECT 'email_verified', id, id, \${auditContextValues(p.context)} FROM u WHERE false`,
    ],
  ),
  ...breaks(
    store,
    change,
    ['a change outlives the password', 'AND l.bound_to = ${boundToPasswordOf(sql`u`)} AND', 'AND'],
    [
      'other links outlive a change',
      'o.user_id = u.id AND o.hash <> ${p.hash}',
      'o.user_id = u.id AND o.hash = ${p.hash}',
    ],
    [
      'an expired link changes the address',
      ' AND l.bound_to = ${boundToPasswordOf(sql`u`)} AND l.expires_at > statement_timestamp()',
      ' AND l.bound_to = ${boundToPasswordOf(sql`u`)}',
    ],
    [
      'a new address is not verified',
      'email_key = ${p.toKey}, email_verified_at = statement_timestamp(),',
      'email_key = ${p.toKey},',
    ],
    [
      'the old address gets no mail',
      'sql`u WHERE ${p.sealed}::text IS NOT NULL`',
      'sql`u WHERE ${p.sealed}::text IS NULL AND false`',
    ],
    ['an address that was taken meanwhile is a fault of ours', "if (errorCode(error) === '23505') return 'taken'", ''],
    [
      'a session that has ended meanwhile is enough',
      's.id = ${p.sessionId} AND ${isLive} FOR',
      's.id = ${p.sessionId} FOR',
    ],
    ['the session may end while somebody waits for the account', 'FOR SHARE OF u, s', 'FOR SHARE OF u'],
    ['the session is taken before the account, against a reset', 'FOR SHARE OF u, s', 'FOR SHARE OF s, u'],
    [
      'the owner gets a mail for an ended session',
      'email = ${p.ownerEmail} AND EXISTS (SELECT FROM principal) FOR',
      'email = ${p.ownerEmail} FOR',
    ],
    [
      'earlier links to an address stay valid',
      "o.user_id = principal.id AND o.purpose = 'email_change'\n",
      "o.user_id = principal.id AND o.purpose = 'email_change' AND false\n",
    ],
    [
      'a taken address leaves no link behind',
      'FROM principal RETURNING id\n  )`',
      'FROM principal WHERE NOT EXISTS (SELECT FROM users WHERE email = ${p.address}) RETURNING id\n  )`',
    ],
    [
      'the audit event has no session',
      `SELECT 'email_change_requested', id, id, session_id, $`,
      `SELECT 'email_change_requested', id, id, NULL::uuid, $`,
    ],
  ),
  ...breaks(store, 'test/passwords/races.test.ts', [
    'a reset and a change of address at once both work',
    's.id = ${p.sessionId} AND ${isLive} FOR',
    's.id = ${p.sessionId} FOR',
  ]),
  ...breaks(
    'src/email-addresses/change-email.ts',
    change,
    ['who is not let through is told that it worked', "if (!done) throw new AppError('token_revoked')", ''],
    [
      'the principal learns that the address is taken',
      'const mail = await outbox.seal(mails.alreadyRegistered(',
      `throw new AppError('email_taken')
      const mail = await outbox.seal(mails.alreadyRegistered(`,
    ],
    ['its own address is somebody else’s', 'owner.id !== userId', 'true'],
    ['the mail goes to the typed spelling', 'mails.alreadyRegistered(email)', 'mails.alreadyRegistered(newEmail)'],
  ),
  ...breaks(
    'src/registration/register.ts',
    signup,
    ['a known address is told at once', "if (known && signup === 'open')", 'if (known)'],
    ['closed is open', "if (signup === 'closed') throw new AppError('signup_closed')", ''],
  ),
  ...breaks('src/email-addresses/send-verification.ts', verify, [
    'the mail goes to the spelling in the request',
    'const user = account && allowed ? account : { id: randomUUID(), email }',
    'const user = { id: account?.id ?? randomUUID(), email }',
  ]),
  ...breaks(
    'src/signin/login.ts',
    signup,
    ['everybody must prove', 'verifiedOnly && account', 'account'],
    ['a known address gets another text', 'verifiedOnly ? unverifiedOrWrong : {}', 'account ? {} : unverifiedOrWrong'],
  ),
  ...breaks(
    'src/web/browser/link-page.ts',
    pages,
    [
      'opening a page uses its link',
      'if (token) button.disabled = false',
      'if (token) void send()\nif (token) button.disabled = false',
    ],
    ['the page for a new password trusts no browser', "resets ? 'same-origin' : 'omit'", "'omit'"],
    ['a used link stays in the history', "history.replaceState(null, '', location.pathname)", ''],
  ),
  ...breaks(
    'src/web/page.ts',
    pages,
    [
      'a page loads from elsewhere',
      '<link rel="icon" href="${base}favicon.svg"',
      '<link rel="icon" href="https://elsewhere.test/x.png"',
    ],
    ['scripts may come from anywhere', "script-src 'self'; style", 'script-src *; style'],
  ),
  ...breaks('src/web/routes.ts', pages, [
    'our pages stand beside the operator’s',
    'if (config.appUrl === undefined) pageRoutes',
    'pageRoutes',
  ]),
  ...breaks('src/mail/link-target.ts', pages, ['the token is sent to the server', '#token=${', '?token=${']),
  ...breaks(
    'src/email-addresses/email.ts',
    form,
    ['unseen characters are taken', '  .refine(showsItsForm, refused)\n', ''],
    ['any local part will do', 'isLocalPart(localOf(address)) && ', ''],
  ),
  ...breaks(
    'src/email-addresses/address-form.ts',
    form,
    ['lookalikes of the at sign are turned into it', " && signsOf(text) === signsOf(text.normalize('NFKC'))", ''],
    ['an ideographic full stop is a dot', '{N}.-]+$/u', '{N}.\u3002\uff61-]+$/u'],
    ['a final dot is no label', 'labels.every((one) => label.test(one))', 'labels.some((one) => label.test(one))'],
    [
      'alphabets are mixed in a domain',
      '&& !domainToUnicode(ascii).split',
      '&& domainToUnicode(ascii) !== domain + domain && !"".split',
    ],
    ['alphabets are mixed in a local part', 'atom.test(part) && !isMixed(part)', 'atom.test(part)'],
    ['local parts are counted in characters', 'Buffer.byteLength(local)', 'local.length'],
  ),
  ...breaks(
    'src/email-addresses/email-code-store.ts',
    codes,
    ['codes have any number of tries', 'AND c.tries < ${p.mostTries}', 'AND ${p.mostTries} > 0'],
    ['a code has six tries', 'const mostTries = 5', 'const mostTries = 6'],
    [
      'wrong codes at once are counted as one',
      'SET tries = c.tries + CASE',
      'SET tries = (SELECT o.tries FROM email_codes o WHERE o.id = c.id) + CASE',
    ],
    ['wrong codes are not counted', 'THEN 0 ELSE 1 END', 'THEN 0 ELSE 0 END'],
    ['right codes are counted', 'THEN 0 ELSE 1 END', 'THEN 1 ELSE 1 END'],
    ['codes do not expire', 'c.id = ${p.id} AND c.expires_at > statement_timestamp()', 'c.id = ${p.id}'],
    [
      'a code outlives its link',
      'WHERE o.id = t.token_id\n      AND o.expires_at > statement_timestamp()) AS link',
      'WHERE o.id = t.token_id) AS link',
    ],
    ['nobody hears of five wrong codes', 'WHERE NOT t.matches AND t.tries', 'WHERE t.matches AND t.tries'],
  ),
  ...breaks('src/email-addresses/redeem-code.ts', codes, [
    'every code fits',
    'tried?.matches ? tried.link : null',
    'tried?.link ?? null',
  ]),
  ...breaks(
    'src/email-addresses/email-code.ts',
    secrecy,
    [
      'equal codes have equal hashes',
      "const hash = hmac(keys.inForce(), 'code', id, code)",
      "const hash = hmac(keys.inForce(), 'code', code)",
    ],
    ['codes of an older secret are unknown', 'hashes: keys.all.map', 'hashes: keys.all.slice(0, 1).map'],
  ),
  ...breaks(
    'src/email-addresses/email-code.ts',
    codes,
    ['a code lives as long as its link', 'Math.min(longestSeconds, linkSeconds)', 'linkSeconds'],
    ['a code outlives a short link', 'Math.min(longestSeconds, linkSeconds)', 'longestSeconds'],
  ),
  ...breaks('src/email-addresses/email-address-store.ts', secrecy, [
    'a code fits the link to a taken address',
    '${insertCode(p, { link: noLink, from: sql`principal` })} ${auditChange(p)}',
    '${insertCode(p, { link: linkOf(sql`link`), from: sql`principal` })} ${auditChange(p)}',
  ]),
  ...breaks('src/email-addresses/mailed-sql.ts', secrecy, [
    'only mails that are sent have a code that is counted',
    ': sql``}',
    ': sql`WHERE ${link} IS NOT NULL`}',
  ]),
]
