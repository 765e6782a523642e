/** Deliberate breaks of @countersign/verify. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'
import { pluginMutants } from './plugin-mutants.ts'

const keys = 'test/faults/verify/keys.test.ts'
const jwks = 'test/packages/verify/jwks.test.ts'
const feed = 'test/packages/verify/feed.test.ts'
const forged = 'test/faults/verify/forged-feed.test.ts'
const stale = 'test/faults/verify/stale.test.ts'
const exit = 'test/faults/verify/exit.test.ts'
const crafted = 'test/packages/verify/crafted.test.ts'
const signals = 'test/packages/verify/signal-for.test.ts'
const tolerance = 'test/packages/verify/tolerance.test.ts'

const issuerKeys = 'packages/verify/src/issuer-keys.ts'
const remote = 'packages/verify/src/remote-revocations.ts'
const verifier = 'packages/verify/src/verifier.ts'
const document = 'src/revocations/feed-document.ts'
const get = 'packages/verify/src/get.ts'

export const mutants: readonly Mutant[] = [
  ...pluginMutants,
  ...breaks(
    issuerKeys,
    keys,
    ['every request fetches for itself', 'if (loading) return loading', ''],
    ['an issuer that fails is asked without pause', 'performance.now() < triedAt + failedEveryMs', 'false'],
    ['unknown keys are asked for at any time', 'now > triedAt + unknownEveryMs ?', 'now > triedAt ?'],
    ['unknown keys are never asked for', 'now > triedAt + unknownEveryMs ? renew() : loading', 'loading'],
    [
      'only who asked for a new key waits for it',
      'unknownEveryMs ? renew() : loading',
      'unknownEveryMs ? renew() : undefined',
    ],
    ['any header is asked about', ' || !mayBeOurs(header)', ''],
    [
      'a header in any form is asked about',
      "return headerFor(key) === header || headerFor(key, 'revocations+jwt') === header",
      'return Boolean(key)',
    ],
    ['keys are renewed when they are stale', 'if (now > renewAt)', 'if (now > staleAt)'],
    ['keys are never renewed', 'if (now > renewAt) void renew()', 'if (loadedAt === undefined) void renew()'],
    ['while the issuer is down every request waits', '(now > staleAt && triedAt === loadedAt)', 'now > staleAt'],
    ['nobody waits for the first keys', 'if (waits) return loading', ''],
    ['max-age means nothing', 'staleAt = loadedAt + maxAgeMs', 'staleAt = Infinity'],
    ['keys are kept for ever', 'renewAt = loadedAt + maxAgeMs *', 'renewAt = loadedAt + longestAgeMs *'],
    ['the time in a cache does not count', " - (Number(headers.get('age')) || 0)", ''],
    ['directives in capitals are not read', '(\\d{1,9})/i', '(\\d{1,9})/'],
    ['a failure is an answer', 'if (status !== 200) throw', 'if (status > 599) throw'],
    ['no keys are keys', 'if (keys.length === 0)', 'if (keys.length < 0)'],
    [
      'a service that knows no keys refuses tokens',
      'loadedAt !== undefined && performance.now() < loadedAt',
      'performance.now() < (loadedAt ?? Infinity)',
    ],
  ),
  ...breaks(
    issuerKeys,
    'test/packages/verify/issuer-path.test.ts',
    ['the path of the issuer is asked for twice', '? pathname.slice(issuerPath.length) :', '? pathname :'],
    ['the metadata is read at the host', '`${url}/.well-known/', '`${new URL(url).origin}/.well-known/'],
  ),
  ...breaks(
    issuerKeys,
    jwks,
    ['any issuer will do', 'if (about.issuer !== issuer)', 'if (!about.issuer)'],
    ['metadata names any host', '`${url}${rest}`', 'address'],
    ['a path in the metadata names any host', '`${url}${rest}`', 'new URL(rest, url).href'],
    ['an RSA key of any exponent is used', ' && publicExponent === 65_537n', ' && Boolean(publicExponent)'],
    ['a key for other operations is used', "operations.includes('verify')", 'operations.length > 0'],
    ['keys are not looked at', 'return fits(publicKey, data.alg) ?', 'return data ?'],
    ['short RSA keys are used', '>= 2048', '>= 512'],
    ['any curve is P-256', " && asymmetricKeyDetails?.namedCurve === 'prime256v1'", ''],
    ['one odd key spoils all', 'if (!success) return []', 'if (!success) throw new Error()'],
    ['one broken key spoils all', '} catch {\n    return []\n  }', '} finally {\n    // nothing\n  }'],
    ['keys for encryption are used', "use: z.literal('sig').optional()", 'use: z.string().optional()'],
    ['published private keys are used', 'd: z.undefined().optional()', 'd: z.string().optional()'],
    ['a list of any length is taken', '.max(100)', ''],
  ),
  ...breaks(
    get,
    jwks,
    ['redirects are followed', "redirect: 'error'", "redirect: 'follow'"],
    ['an answer of any length is taken', 'if (bytes > longestBytes) throw', 'if (bytes < 0) throw'],
  ),
  ...breaks(
    verifier,
    jwks,
    ['http goes anywhere', '|| allowHttp) return text', '|| true) return text'],
    ['an issuer may have a query', 'if (parsePublicUrl(text) !== text)', 'if (!URL.canParse(text))'],
    ['any word is a policy', '/^(open|closed)$/', '/./'],
    [
      'the audience is not looked at',
      'const expected = { issuer, audience }',
      'const expected = { issuer, audience: audience && issuer }',
    ],
  ),
  ...breaks(
    document,
    forged,
    [
      'nobody looks who signed',
      'const document = feedDocument.parse(check.payloadOf(text))',
      "const document = feedDocument.parse(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()))",
    ],
    ['revocations of any issuer', 'if (document.iss !== issuer)', 'if (!document.iss)'],
  ),
  ...breaks(
    remote,
    forged,
    ['an answer to any question', 'if (document.after !== after)', 'if (document.after === null)'],
    ['an answer of any time', 'if (ageMs > oldestAnswerMs || ', 'if ('],
    ['an answer from the future', 'ageMs > oldestAnswerMs || ageMs < -earliestAnswerMs', 'ageMs > oldestAnswerMs'],
    ['an answer is as new as its arrival', 'performance.now() - Math.max(ageMs, 0)', 'performance.now()'],
    ['any answer is an answer', 'if (status !== 200) throw', 'if (status > 599) throw'],
    ['a failure is repeated without pause', 'retryMs, onError', 'retryMs: 0, onError'],
    ['no news are asked for without pause', 'if (waited && document', 'if (!waited && document'],
    ['after a failure it waits for news', '      waits = false\n', ''],
  ),
  ...breaks(remote, 'test/faults/verify/quiet-feed.test.ts', [
    'a request for revocations is given up before its response',
    '(waitSeconds + 5) * 1000',
    '(waitSeconds - 2) * 1000',
  ]),
  ...breaks(
    remote,
    feed,
    ['no key is fetched for a document', "    await keys.prepare(text.slice(0, text.indexOf('.')))\n", ''],
    ['entries are never removed', '    denylist.purge()\n', ''],
    ['a page is all there is', 'if (document.more) return', ''],
    ['a cursor that is refused is asked again', 'if (status === 400) after = undefined', ''],
    ['the cursor does not move', 'after = document.next', ''],
    ['it looks once a second', 'if (waits) address', 'if (false) address'],
    [
      'revocations are not taken in',
      'denylist.add(toRevocation({ ...entry, at: Math.max(entry.at, heardAt) }))',
      'void [heardAt, entry, toRevocation]',
    ],
    ['a service is ready before it knows', 'isLoaded: () => loaded', 'isLoaded: () => true || loaded'],
    ['a secret of another', '[credential.id, credential.secret].map', '[credential.id, credential.id].map'],
  ),
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
  ...breaks(document, feed, ['token versions are left out', 'minTokenVersion: tv ?? null', 'minTokenVersion: null']),
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
  ...breaks(
    verifier,
    tolerance,
    ['nobody is told of a refusal', 'if (text !== undefined) onError(new TokenRefusal(text))', ''],
    ['any tolerance will do', ' || toleranceSeconds > mostToleranceSeconds)', ')'],
  ),
  ...breaks(remote, tolerance, [
    'revocations get no tolerance',
    'Math.max(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)',
    'Math.min(oldestAnswerMs, (toleranceSeconds + delaySeconds) * 1000)',
  ]),
  ...breaks('packages/verify/src/log-errors.ts', tolerance, [
    'every refusal is a line in the log',
    'if (last && now() < last.at + pauseMs) return void last.more++',
    '',
  ]),
]
