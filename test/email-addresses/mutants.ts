/** Deliberate breaks of what proves addresses. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const verify = 'test/email-addresses/verify.test.ts'
const change = 'test/email-addresses/change.test.ts'
const signup = 'test/registration/signup.test.ts'
const pages = 'test/browser/mail-links.test.ts'
const locks = 'test/email-addresses/locks.test.ts'
const store = 'src/email-addresses/email-address-store.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(store, locks, [
    'a link is taken before its person',
    "AND purpose = '${purpose}')\n    FOR ${lock}",
    "AND purpose = '${purpose}')",
  ]),
  ...breaks(
    store,
    verify,
    [
      'a link works again and again',
      "DELETE FROM one_time_tokens o USING owner WHERE o.user_id = owner.id AND o.hash = $1 AND o.purpose = '${purpose}'\n    RETURNING o.user_id, o.email, o.bound_to, o.expires_at",
      "SELECT o.* FROM one_time_tokens o, owner WHERE o.user_id = owner.id AND o.hash = $1 AND o.purpose = '${purpose}'",
    ],
    ['a link proves another address', 'u.id = p.user_id AND u.email = p.email', 'u.id = p.user_id'],
    [
      'links do not expire',
      'AND u.email = p.email AND u.disabled_at IS NULL\n      AND p.expires_at > statement_timestamp()',
      'AND u.email = p.email AND u.disabled_at IS NULL',
    ],
    ['disabled people prove addresses', 'AND u.email = p.email AND u.disabled_at IS NULL', 'AND u.email = p.email'],
    ['only the last link works', 'const linksKept = 5', 'const linksKept = 1'],
    ['links pile up', 'dropped AS (${dropOldLinks}), ', ''],
    [
      'proven addresses get links',
      'email = $2 AND email_verified_at IS NULL AND disabled_at',
      'email = $2 AND disabled_at',
    ],
    [
      'nobody writes down who proved what',
      "SELECT 'email_verified', id, id, ${auditContextValues('$2')} FROM u",
      "SELECT 'email_verified', id, id, ${auditContextValues('$2')} FROM u WHERE false",
    ],
  ),
  ...breaks(
    store,
    change,
    ['a change outlives the password', "AND p.bound_to = ${passwordOf('u')} AND", 'AND'],
    ['other links outlive a change', 'o.user_id = u.id AND o.hash <> $1', 'o.user_id = u.id AND o.hash = $1'],
    [
      'an expired link changes the address',
      " AND p.bound_to = ${passwordOf('u')} AND p.expires_at > statement_timestamp()",
      " AND p.bound_to = ${passwordOf('u')}",
    ],
    [
      'a new address is not a proven one',
      'email_key = $3, email_verified_at = statement_timestamp(),',
      'email_key = $3,',
    ],
    ['the old address is not told', 'SELECT $5, $6, id, $7 FROM u', 'SELECT $5, $6, id, $7 FROM u WHERE false'],
    ['an address that was taken meanwhile is a fault of ours', "if (errorCode(error) === '23505') return 'taken'", ''],
    ['a session that has ended meanwhile is enough', 's.id = $2 AND ${isLive} FOR', 's.id = $2 FOR'],
    ['the session may end while somebody waits for the account', 'FOR SHARE OF u, s', 'FOR SHARE OF u'],
    ['the session is taken before the account, against a reset', 'FOR SHARE OF u, s', 'FOR SHARE OF s, u'],
    [
      'an owner is told for a session that has ended',
      'email = $12 AND EXISTS (SELECT FROM asker) FOR',
      'email = $12 FOR',
    ],
    [
      'a taken address leaves earlier links alone',
      'text: `WITH ${stored}, owner AS',
      "text: `WITH ${stored.replace(/dropped AS [^]*proof AS/, 'proof AS')}, owner AS",
    ],
    [
      'a free address leaves earlier links alone',
      'text: `WITH ${stored}, letter AS',
      "text: `WITH ${stored.replace(/dropped AS [^]*proof AS/, 'proof AS')}, letter AS",
    ],
    [
      'a taken address leaves no link behind',
      'text: `WITH ${stored}, owner AS',
      "text: `WITH ${stored.replace(/, proof AS [^]*/, '')}, owner AS",
    ],
    [
      'nobody writes down in which session',
      "SELECT 'email_change_requested', id, id, session_id`",
      "SELECT 'email_change_requested', id, id, NULL::uuid`",
    ],
  ),
  ...breaks(store, 'test/passwords/races.test.ts', [
    'a reset and a change of address at once both work',
    's.id = $2 AND ${isLive} FOR',
    's.id = $2 FOR',
  ]),
  ...breaks(
    'src/email-addresses/change-email.ts',
    change,
    ['who is not let through is told that it worked', "if (!done) throw new AppError('invalid_token')", ''],
    [
      'the asker learns who is here',
      'const letter = await outbox.seal(mails.alreadyRegistered(',
      "throw new AppError('email_taken')\n      const letter = await outbox.seal(mails.alreadyRegistered(",
    ],
    ['its own address is somebody else’s', 'owner.id !== userId', 'true'],
    ['the letter goes where somebody typed', 'mails.alreadyRegistered(email)', 'letters.alreadyRegistered(newEmail)'],
  ),
  ...breaks(
    'src/registration/register.ts',
    signup,
    ['a known address is told at once', "if (known && signup === 'open')", 'if (known)'],
    ['closed is open', "if (signup === 'closed') throw new AppError('signup_closed')", ''],
  ),
  ...breaks('src/email-addresses/send-verification.ts', verify, [
    'the answer takes a letter to whatever somebody typed',
    'ask(account && allowed ? account : { id: randomUUID(), email }, context)',
    'ask({ id: account?.id ?? randomUUID(), email }, context)',
  ]),
  ...breaks(
    'src/signin/login.ts',
    signup,
    ['everybody must prove', 'verifiedOnly && account', 'account'],
    ['who is known is told in other words', 'verifiedOnly ? unprovenOrWrong : {}', 'account ? {} : unprovenOrWrong'],
  ),
  ...breaks(
    'src/web/link-pages.ts',
    pages,
    [
      'opening a page uses its link',
      'if (token) button.disabled = false',
      'if (token) send()\nif (token) button.disabled = false',
    ],
    ['cookies go along', "credentials: 'omit'", "credentials: 'include'"],
    ['a used link stays in the history', "history.replaceState(null, '', location.pathname)", ''],
    [
      'a page loads from elsewhere',
      '<link rel="icon" href="data:,">',
      '<link rel="icon" href="https://elsewhere.test/x.png">',
    ],
  ),
  ...breaks('src/web/routes.ts', pages, [
    'scripts may come from anywhere',
    "script-src 'self'; style",
    'script-src *; style',
  ]),
  ...breaks('src/app.ts', pages, [
    'our pages stand beside the operator’s',
    'if (config.appUrl === undefined) pageRoutes',
    'pageRoutes',
  ]),
  ...breaks('src/email-addresses/email-address-mails.ts', pages, [
    'the token is sent to the server',
    '${path}#token=',
    '${path}?token=',
  ]),
]
