/** Deliberate breaks of how a service loads and keeps the keys of its issuer. Part of mutants.ts. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const keys = 'test/faults/verify/keys.test.ts'
const jwks = 'test/packages/verify/jwks.test.ts'
const crafted = 'test/packages/verify/crafted.test.ts'
const within = 'test/packages/verify/within-requests.test.ts'

const issuerKeys = 'packages/verify/src/issuer-keys.ts'
const issuerJwks = 'packages/verify/src/issuer-jwks.ts'
const loadIssuer = 'packages/verify/src/load-issuer.ts'
const nodeSignatures = 'packages/verify/src/node-signatures.ts'
const webSignatures = 'packages/verify/src/web-signatures.ts'

export const keyMutants: readonly Mutant[] = [
  ...breaks(
    issuerKeys,
    keys,
    ['every request fetches for itself', 'if (loading) return loading', ''],
    ['an issuer that fails is asked without pause', 'elapsed() < triedAt + failedEveryMs', 'false'],
    ['unknown keys are asked for at any time', 'now > triedAt + unknownEveryMs ?', 'now > triedAt ?'],
    ['unknown keys are never asked for', 'now > triedAt + unknownEveryMs ? renew() : loading', 'loading'],
    [
      'only who asked for a new key waits for it',
      'unknownEveryMs ? renew() : loading',
      'unknownEveryMs ? renew() : undefined',
    ],
    ['any header is asked about', 'if (isKnown(header) || !mayBeOurs(header))', 'if (isKnown(header))'],
    ['keys are renewed when they are stale', 'if (now > renewAt)', 'if (now > staleAt)'],
    ['keys are never renewed', 'if (now > renewAt) void renew()', 'if (loadedAt === undefined) void renew()'],
    ['while the issuer is down every request waits', '(now > staleAt && triedAt === loadedAt)', 'now > staleAt'],
    ['nobody waits for the first keys', 'if (waits) return loading', ''],
    ['max-age means nothing', 'staleAt = from + loaded.maxAgeMs', 'staleAt = Infinity'],
    ['keys are kept for ever', 'renewAt = from + loaded.maxAgeMs *', 'renewAt = from + 3600_000 *'],
    [
      'a service that knows no keys refuses tokens',
      'loadedAt !== undefined && elapsed() < loadedAt',
      'elapsed() < (loadedAt ?? Infinity)',
    ],
  ),
  ...breaks(
    issuerKeys,
    within,
    ['a worker loads the keys once', 'if (now > staleAt) return now', 'if (now < 0) return now'],
    ['a worker loads no keys', 'if (!isLoaded()) return renew()\n', 'if (!isLoaded()) return undefined\n'],
    ['a worker waits for the request of another', 'if (!background) return tryLoad()', ''],
    [
      'every request of a worker replaces stale keys',
      'return now > triedAt + answerWithinMs ? renew()',
      'return true ? renew()',
    ],
    ['a worker asks about any header', 'isKnown(header) || !mayBeOurs(header) || now', 'isKnown(header) || now'],
    ['a worker never asks about a new key', 'now <= triedAt + unknownEveryMs ? undefined', 'now > 0 ? undefined'],
    ['a worker asks about new keys at any time', ' || now <= triedAt + unknownEveryMs', ''],
  ),
  ...breaks(issuerJwks, keys, [
    'a header in any form is asked about',
    "return headerFor(key) === header || headerFor(key, 'revocations+jwt') === header",
    'return Boolean(key)',
  ]),
  ...breaks(
    loadIssuer,
    keys,
    ['the time in a cache does not count', " - (Number(headers.get('age')) || 0)", ''],
    ['directives in capitals are not read', '(\\d{1,9})/i', '(\\d{1,9})/'],
    ['a failure is an answer', 'if (status !== 200) throw', 'if (status > 599) throw'],
    ['no keys are keys', 'if (keys.length === 0)', 'if (keys.length < 0)'],
  ),
  ...breaks(
    loadIssuer,
    'test/packages/verify/issuer-path.test.ts',
    ['the path of the issuer is asked for twice', '? pathname.slice(issuerPath.length) :', '? pathname :'],
    ['the metadata is read at the host', '`${url}/.well-known/', '`${new URL(url).origin}/.well-known/'],
  ),
  ...breaks(
    loadIssuer,
    jwks,
    ['any issuer will do', 'if (about.issuer !== issuer)', 'if (!about.issuer)'],
    ['metadata names any host', '`${url}${rest}`', 'address'],
    ['a path in the metadata names any host', '`${url}${rest}`', 'new URL(rest, url).href'],
  ),
  ...breaks(
    issuerJwks,
    jwks,
    ['a key for other operations is used', "operations.includes('verify')", 'operations.length > 0'],
    ['one odd key spoils all', 'if (!success) return []', 'if (!success) throw new Error()'],
    ['one broken key spoils all', '} catch {\n    return []\n  }', '} finally {\n    // nothing\n  }'],
    ['keys for encryption are used', "use: z.literal('sig').optional()", 'use: z.string().optional()'],
    ['published private keys are used', 'd: z.undefined().optional()', 'd: z.string().optional()'],
    ['a list of any length is taken', '.max(100)', ''],
  ),
  ...breaks(
    nodeSignatures,
    jwks,
    ['an RSA key of any exponent is used', ' && publicExponent === 65_537n', ' && Boolean(publicExponent)'],
    ['keys are not looked at', 'if (!fits(key, alg))', 'if (!key)'],
    ['short RSA keys are used', '>= 2048', '>= 512'],
    ['any curve is P-256', " && asymmetricKeyDetails?.namedCurve === 'prime256v1'", ''],
  ),
  ...breaks(
    webSignatures,
    jwks,
    [
      'Web Crypto: an RSA key of any exponent is used',
      " && publicExponent.join() === '1,0,1'",
      ' && Boolean(publicExponent)',
    ],
    ['Web Crypto: short RSA keys are used', '>= 2048', '>= 512'],
  ),
  ...breaks(nodeSignatures, crafted, [
    'any signature will do',
    'if (!isSigned) throw',
    'if (isSigned === undefined) throw',
  ]),
  ...breaks(webSignatures, crafted, [
    'Web Crypto: any signature will do',
    'opened = good && verify ?',
    'opened = verify ?',
  ]),
]
