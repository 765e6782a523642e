/** Deliberate breaks of signing in. `npm run test:mutants -- test/signin` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const login = 'test/signin/login.test.ts'
const reauthenticate = 'test/signin/reauthenticate.test.ts'
const credentials = 'test/signin/credentials.test.ts'
const store = 'src/sessions/session-store.ts'

export const mutants: readonly Mutant[] = [
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
    store,
    login,
    [
      'a session starts although its account was disabled meanwhile',
      'AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL FOR SHARE',
      'AND credential_version = ${p.credentialVersion} FOR SHARE',
    ],
    [
      'a session starts beside a disabling',
      'AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL FOR SHARE',
      'AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL',
    ],
  ),
  ...breaks('src/accounts/account-store.ts', reauthenticate, [
    'a renewal of the hash counts as another password',
    ', passwordRenewals: { increment: 1 } }',
    ' }',
  ]),
  ...breaks(store, credentials, [
    'a session starts whatever happened to the credentials meanwhile',
    'AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL FOR SHARE',
    'AND ${p.credentialVersion} >= 0 FOR SHARE',
  ]),
  ...breaks('src/http/browser/token-transport.ts', reauthenticate, [
    'a cookie after reauthentication is not for the site of the page',
    "cookies.set(reply, { kind: 'access', value, maxAgeSeconds: token.expires_in }, gate.isCrossSite(reply.request))",
    "cookies.set(reply, { kind: 'access', value, maxAgeSeconds: token.expires_in }, false)",
  ]),
]
