/** Deliberate breaks of the guard of scopes. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const guard = 'test/guard/guard.test.ts'
const signals = 'test/guard/signal-for.test.ts'
const hook = 'src/guard/authenticate.ts'
const library = 'src/guard/fastify-jwt.ts'
const crafted = 'test/tokens/crafted-tokens.test.ts'
const steps = 'test/tokens/signature.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    library,
    crafted,
    ['a signature is decoded, not verified', 'host.jwt.verify(token)', 'host.jwt.decode(token)'],
    ['expiry is checked by another clock as well', 'ignoreExpiration: true', 'ignoreExpiration: false'],
    ['nbf is checked by another clock as well', 'ignoreNotBefore: true', 'ignoreNotBefore: false'],
  ),
  ...breaks(
    library,
    steps,
    ['a key verifies any algorithm that fits it', 'algorithms: [alg], ', ''],
    ['a key verifies HMACs as well', 'algorithms: [alg]', `algorithms: [alg, 'HS256', 'RS384', 'RS512']`],
  ),
  ...breaks(
    'src/guard/guard.ts',
    guard,
    [
      'the second check verifies only the signature',
      'authenticate({ check, maxAgeSeconds, factors, again })',
      "authenticate({ check: 'signature', again })",
    ],
    [
      'the age of the login is checked only for requests with a body',
      "check !== 'session' && maxAgeSeconds === undefined && factors === undefined",
      'true',
    ],
    ['there is no check after the body has arrived', "addHook('preValidation'", "addHook('onRequest'"],
    ['the server reads bodies without a token', "scope.addHook('onRequest', authenticate({ check, early: true }))", ''],
    [
      'a user without the role is asked for the password',
      "scope.addHook('onRequest', requireRole(role))",
      "scope.addHook('preHandler', requireRole(role))",
    ],
  ),
  ...breaks(
    hook,
    guard,
    ['the session is looked up twice', "check === 'session' && !early", "check === 'session' && check.length"],
    [
      'the server reads the body of a denied token',
      "check === 'session' && revocations",
      "check === 'signature' && !revocations",
    ],
    [
      'the check `session` depends on the denylist',
      "if (check === 'session' && revocations.isRevoked(principal)) throw new AppError('token_revoked')",
      "if (check === 'session') requireNotRevoked(principal)",
    ],
  ),
  ...breaks(
    'src/guard/signal-for.ts',
    signals,
    ['a connection outlives its token', 'if (principal.expiresAt * 1000 <= clock())', 'if (principal.expiresAt <= 0)'],
    ['a connection outlives its session', '    requireNotRevoked(principal)\n', ''],
    ['a token that was revoked a moment ago gets a connection', '      look(watched)\n      return', '      return'],
    [
      'a revocation of every token concerns none',
      'if (userId === undefined) lookAtAll()\n    else for',
      'if (userId !== undefined) for',
    ],
    [
      'a node that handles a logout ends its connections a second later',
      'for (const watched of byUser.get(userId) ?? []) look(watched)',
      'void userId',
    ],
    ['time ends no connection', 'timer ??= startTimer()', 'void lookEveryMs'],
    ['a closed connection is kept in memory', "connection?.once('close', () => forget(watched))", 'void connection'],
    [
      'a server that stops leaves its connections open',
      '      stopListening()\n      lookAtAll()\n',
      '      stopListening()\n',
    ],
    ['a server that has stopped makes signals that never abort', "if (isClosed) throw new AppError('not_ready')", ''],
  ),
  ...breaks('src/guard/create-access.ts', signals, [
    'a server that stops waits for its connections',
    "app.closing.addEventListener('abort', signals.close)",
    '',
  ]),
  ...breaks(
    'src/revocations/denylist.ts',
    signals,
    ['a denylist that becomes coarser ends no connection', 'isFull || kind', 'kind'],
    [
      'a revoked key ends no connection',
      "isFull || kind === 'key' ? undefined : (userId ?? undefined)",
      "isFull ? undefined : (userId ?? '')",
    ],
  ),
  ...breaks(
    'src/sessions/session-store.ts',
    'test/guard/authenticate.test.ts',
    [
      'the check `session` accepts any token version',
      `AND u.token_version = \${p.tokenVersion}
`,
      `AND \${p.tokenVersion}::int IS NOT NULL
`,
    ],
    [
      'the check `session` accepts a disabled user',
      `AND u.token_version = \${p.tokenVersion}
      AND u.disabled_at IS NULL`,
      `AND u.token_version = \${p.tokenVersion}
`,
    ],
    [
      'the check `session` accepts a session that has ended',
      `AND u.token_version = \${p.tokenVersion}
      AND u.disabled_at IS NULL AND \${isLive}`,
      `AND u.token_version = \${p.tokenVersion}
      AND u.disabled_at IS NULL`,
    ],
  ),
]
