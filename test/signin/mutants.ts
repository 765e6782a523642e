/** Deliberate breaks of signing in. `npm run test:mutants -- test/signin` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const login = 'test/signin/login.test.ts'
const reauthenticate = 'test/signin/reauthenticate.test.ts'
const credentials = 'test/signin/credentials.test.ts'
const line = 'test/signin/line.test.ts'
const perUser = 'test/signin/sessions-per-user.test.ts'
const store = 'src/sessions/new-session-store.ts'
const checkedUser = 'src/accounts/user-sql.ts'

const remember = 'test/signin/remember.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/signin/start-session.ts', remember, [
    'a session that is not remembered begins with a long life',
    'remembered ? lives.idleSeconds : lives.browserSeconds',
    'lives.idleSeconds',
  ]),
  ...breaks(
    'src/sessions/rotation-sql.ts',
    remember,
    ['a refresh makes the life of a session long', 'WHEN s.remembered THEN', 'WHEN true THEN'],
    ['a refresh makes the life of a session short', 'WHEN s.remembered THEN', 'WHEN false THEN'],
  ),
  ...breaks(
    'src/http/browser/token-transport.ts',
    remember,
    [
      'a browser that is closed keeps the cookies',
      '(remembered ? seconds : undefined)',
      '(remembered !== undefined ? seconds : undefined)',
    ],
    [
      'the device is remembered all the same',
      'setDevice(reply, device, lifeOf(longestCookieSeconds))',
      'setDevice(reply, device, longestCookieSeconds)',
    ],
    [
      'bearer mode cannot ask not to be remembered',
      "if (mode === 'bearer') return { ...common, device",
      "if (mode === 'bearer') return { ...common, remembered: true, device",
    ],
  ),
  ...breaks(
    'src/signin/advance.ts',
    'test/signin/advance.test.ts',
    ['a user who owes a factor is signed in', 'if (owed)', 'if (owed && owed.factors.length > 9)'],
    [
      'the attempt forgets what was proven',
      'attempts.begin({ ...attempt, amr }, account)',
      'attempts.begin({ ...attempt, amr: [] }, account)',
    ],
    [
      'a possession alone begins a session',
      "goal === 'session' && !mayBegin(amr)",
      "goal !== 'session' && !mayBegin(amr)",
    ],
    ['a proof of another account goes on', 'stored.userId !== id || ', ''],
    ['nothing is used up', 'attemptId: stored?.id, consumes, records }', 'attemptId: stored?.id, records }'],
    ['the attempt is not used up', 'attemptId: stored?.id,', 'attemptId: undefined,'],
    ['a step-up forgets how the user signed in before', 'joinMethods(goal.renews.before, amr)', 'joinMethods([], amr)'],
  ),
  ...breaks('src/accounts/user-sql.ts', 'test/signin/advance.test.ts', [
    'a removed factor yields a session',
    'AND credential_version = ${credentialVersion} ',
    'AND ${credentialVersion} >= 0 ',
  ]),
  ...breaks(
    'src/sessions/spent-proof-sql.ts',
    'test/signin/advance.test.ts',
    ['a code that was used up is good enough', '`EXISTS (SELECT FROM consumed)`', '`true`'],
    ['an attempt stays open after its session', ' AND EXISTS (SELECT FROM s))`', ' AND NOT EXISTS (SELECT FROM s))`'],
  ),
  ...breaks('src/signin/policy.ts', 'test/signin/advance.test.ts', [
    'a step-up takes the password alone',
    '!asks(account) || includesPossession(proven)',
    'true',
  ]),
  ...breaks('src/signin/methods.ts', 'test/signin/methods.test.ts', [
    'a password and a mail are two factors',
    'held > 1 ||',
    'all.size > 1 ||',
  ]),
  ...breaks(
    'src/signin/attempt-store.ts',
    'test/signin/attempts.test.ts',
    ['tries have no end', ' AND a.tries < ${p.mostTries}', ''],
    ['an attempt has no end', ' AND a.expires_at > statement_timestamp()', ''],
  ),
  ...breaks(
    'src/signin/attempts.ts',
    'test/signin/attempts.test.ts',
    ['an attempt belongs to any browser', '?.equals(bindingHash) ?? false', '?.equals(bindingHash) ?? true'],
    [
      'two tabs end each other',
      'return hash ? { token, hash } : createOneTimeToken()',
      'return hash ? createOneTimeToken() : createOneTimeToken()',
    ],
    ['an attempt belongs to any mode', 'if (mode !== client.mode) return false', ''],
    [
      'another browser uses the tries up',
      'counts ? await store.countTry(id, mostTries) : found',
      'await store.countTry(id, mostTries)',
    ],
  ),
  ...breaks('src/signin/login.ts', login, [
    'failures of disabled and unverified accounts are not audited',
    "await audit.record({ type: 'login_failed', subjectId: account?.id, context })\n",
    "if (!account || !matches) await audit.record({ type: 'login_failed', subjectId: account?.id, context })\n",
  ]),
  ...breaks('src/signin/start-session.ts', login, [
    'a replaced session is not denied at once',
    'if (userId !== undefined) revocations.denySession(replaced.sessionId, userId)',
    'void userId',
  ]),
  ...breaks('src/sessions/refresh.ts', login, [
    'a stolen session is not denied at once',
    "if (outcome === 'reused') revocations.denySession(sessionId, rotation.session.account.id)",
    '',
  ]),
  ...breaks(
    checkedUser,
    login,
    [
      'a session starts although its account was disabled meanwhile',
      'AND credential_version = ${credentialVersion} AND disabled_at IS NULL FOR SHARE',
      'AND credential_version = ${credentialVersion} FOR SHARE',
    ],
    [
      'a session starts beside a disabling',
      'AND credential_version = ${credentialVersion} AND disabled_at IS NULL FOR SHARE',
      'AND credential_version = ${credentialVersion} AND disabled_at IS NULL',
    ],
  ),
  ...breaks('src/accounts/account-store.ts', reauthenticate, [
    'a renewal of the hash counts as another password',
    ', passwordRenewals: { increment: 1 } }',
    ' }',
  ]),
  ...breaks(checkedUser, credentials, [
    'a session starts whatever happened to the credentials meanwhile',
    'AND credential_version = ${credentialVersion} AND disabled_at IS NULL FOR SHARE',
    'AND ${credentialVersion} >= 0 FOR SHARE',
  ]),
  ...breaks(
    'src/sessions/rotation-sql.ts',
    line,
    ['a copy from before the step-up is taken for theft', "WHEN ${isSuperseded(p)} THEN 'superseded' ", ''],
    [
      'a copy from before the step-up goes on',
      'prev_hash = NULL, salt = NULL, fork_hash = NULL, fork_salt = NULL, rotated_at = statement_timestamp(),\n    auth',
      'rotated_at = statement_timestamp(),\n    auth',
    ],
    [
      'the fork from before the step-up is forgotten',
      'ARRAY[s.head_hash, s.fork_hash, s.prev_hash]',
      'ARRAY[s.head_hash, s.prev_hash]',
    ],
  ),
  ...breaks('src/signin/reauthentication-store.ts', line, [
    'a step-up keeps the refresh token',
    'SET ${beginLine(headHash)}, amr',
    'SET authenticated_at = statement_timestamp(), amr',
  ]),
  ...breaks(
    store,
    perUser,
    ['there is no bound on sessions', 'OFFSET ${p.mostSessions} - 1', 'OFFSET ${p.mostSessions} + 1000'],
    ['the newest session makes room', 'ORDER BY s.rotated_at DESC', 'ORDER BY s.rotated_at'],
    [
      'sessions that have ended count',
      'FROM sessions s, u WHERE s.user_id = u.id AND ${isLive}',
      'FROM sessions s, u WHERE s.user_id = u.id',
    ],
    [
      'an eviction is not audited',
      "UNION ALL SELECT 'session_evicted', user_id, user_id, id, ${auditContextValues(p.context)} FROM evicted",
      '',
    ],
  ),
  ...breaks('src/signin/start-session.ts', perUser, [
    'this node hears last of an eviction',
    'for (const evicted of session.evicted) revocations.denySession(evicted, account.id)',
    '',
  ]),
  ...breaks(
    'src/signin/factors-of.ts',
    'test/signin/factors-of.test.ts',
    [
      'administrators need one factor',
      'policy.requires({ roles: [...roles] }) ? 2',
      'policy.requires({ roles: [...roles] }) ? 1',
    ],
    ['every administrator needs two factors', ' ? 2 : 1),', ' ? 2 : 2),'],
    ['who has two factors needs one', 'policy.asks(account) ? 2', 'policy.asks(account) ? 1'],
    [
      'who has two factors needs them where nobody is asked',
      'account && policy.asks(account)',
      'account?.factorKinds.length',
    ],
  ),
  ...breaks(
    'src/app.ts',
    'test/signin/factors-of.test.ts',
    [
      'reads of administrators need one factor',
      "guard(scope, { check: 'session', ...administrators })",
      "guard(scope, { check: 'session', role: adminRole })",
    ],
    [
      'writes of administrators need one factor',
      'guard(scope, { ...recent, ...administrators })',
      'guard(scope, { ...recent, role: adminRole })',
    ],
    [
      'the account can be taken with the password alone',
      '{ ...recent, factors: signin.factorsOf.owners }',
      '{ ...recent }',
    ],
  ),
]
