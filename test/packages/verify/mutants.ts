/** Deliberate breaks of @countersign/verify. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'
import { feedMutants } from './feed-mutants.ts'
import { keyMutants } from './key-mutants.ts'
import { pluginMutants } from './plugin-mutants.ts'

const jwks = 'test/packages/verify/jwks.test.ts'
const feed = 'test/packages/verify/feed.test.ts'
const stale = 'test/faults/verify/stale.test.ts'
const exit = 'test/faults/verify/exit.test.ts'
const crafted = 'test/packages/verify/crafted.test.ts'
const signals = 'test/packages/verify/signal-for.test.ts'
const tolerance = 'test/packages/verify/tolerance.test.ts'

const verifier = 'packages/verify/src/verifier.ts'
const options = 'packages/verify/src/verifier-options.ts'
const get = 'packages/verify/src/get.ts'

export const mutants: readonly Mutant[] = [
  ...pluginMutants,
  ...keyMutants,
  ...feedMutants,
  ...breaks(
    get,
    jwks,
    ['redirects are followed', "redirect: 'manual'", "redirect: 'follow'"],
    ['an answer of any length is taken', 'if (bytes > longestBytes) throw', 'if (bytes < 0) throw'],
  ),
  ...breaks(
    options,
    jwks,
    ['http goes anywhere', '|| allowHttp) return text', '|| true) return text'],
    ['an issuer may have a query', 'if (parsePublicUrl(text) !== text)', 'if (!URL.canParse(text))'],
    ['any word is a policy', '/^(open|closed)$/', '/./'],
  ),
  ...breaks(verifier, jwks, [
    'the audience is not looked at',
    'const expected = { issuer, audience }',
    'const expected = { issuer, audience: audience && issuer }',
  ]),
  ...breaks(
    verifier,
    feed,
    ['revocations are not asked', 'requireKnown(principal)\n', ''],
    ['the signature is not enough for anybody', "if (check !== 'signature') requireNotRevoked", 'requireNotRevoked'],
    [
      'revocations that are not loaded are none',
      'if (!revocations.isLoaded()) throw',
      'if (revocations.isLoaded() === undefined) throw',
    ],
    ['a service is ready by its keys alone', ' && (revocations?.isLoaded() ?? true)', ''],
  ),
  ...breaks(
    verifier,
    stale,
    ['closed is open', "follow.stale ?? 'open'", "'open'"],
    ['open is closed', "follow.stale ?? 'open'", "'closed'"],
  ),
  ...breaks(
    'src/guard/require-not-revoked.ts',
    stale,
    ['ten seconds are too old', '= 30_000', '= 10_000'],
    ['nothing is too old', '= 30_000', '= 300_000'],
  ),
  ...breaks(
    verifier,
    exit,
    ['close() leaves the feed', 'keys.stop(), revocations?.stop()', 'keys.stop()'],
    ['close() waits for the keys', 'keys.stop(), revocations?.stop()', 'revocations?.stop()'],
  ),
  ...breaks(
    'src/tokens/verify-access-token.ts',
    crafted,
    ['tokens of another issuer', 'if (claims.iss !== issuer) throw', 'if (!claims.iss) throw'],
    ['principals may be changed', 'roles: Object.freeze(claims.roles ?? [])', 'roles: claims.roles ?? []'],
  ),
  {
    name: 'the example lets everybody in',
    file: 'examples/resource-server/server.ts',
    find: "scope.addHook('onRequest', scope.authenticate())",
    replace: '',
    test: 'test/faults/verify/example.test.ts',
  },
  {
    name: 'the example does not follow',
    file: 'examples/resource-server/server.ts',
    find: '...(id && secret ? { revocations: { id, secret } } : {}),',
    replace: '...(id && secret ? {} : {}),',
    test: 'test/faults/verify/example.test.ts',
  },
  ...breaks(
    verifier,
    signals,
    ['connections do not follow the feed', 'revocations?.onRevoked ?? (() => () => {})', '(() => () => {})'],
    [
      'a connection needs no revocations',
      'const requireNotRevoked = (principal: Principal) => {',
      'const requireNotRevoked = (principal: Principal) => {\n    if (principal.issuedAt > 0) return',
    ],
    ['a verifier that closes leaves its connections open', '      signals.close()\n', ''],
  ),
  ...breaks('packages/verify/src/fastify-plugin.ts', signals, [
    'an app that closes waits for its connections',
    "addHook('preClose'",
    "addHook('onClose'",
  ]),
  ...breaks(verifier, tolerance, [
    'nobody is told of a refusal',
    'if (text !== undefined) onError(new TokenRefusal(text))',
    '',
  ]),
  ...breaks(options, tolerance, ['any tolerance will do', ' || toleranceSeconds > mostToleranceSeconds)', ')']),
  ...breaks('packages/verify/src/log-errors.ts', tolerance, [
    'every refusal is a line in the log',
    'if (last && now() < last.at + pauseMs) return void last.more++',
    '',
  ]),
]
