/** Deliberate breaks of signing keys. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const ring = 'test/keys/key-ring.test.ts'
const foreign = 'test/faults/keys/foreign-verifiers.test.ts'
const lifecycle = 'test/keys/key-lifecycle.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/keys/routes.ts',
    'test/http/path-prefix.test.ts',
    [
      'the path of the issuer comes before its metadata',
      'url: metadataPath + publicPath',
      'url: publicPath + metadataPath',
    ],
    [
      'the addresses in the metadata have no path',
      'jwks_uri: `${publicUrl}/',
      'jwks_uri: `${new URL(publicUrl).origin}/',
    ],
  ),
  ...breaks(
    'src/keys/key-lifecycle.ts',
    lifecycle,
    ['a key signs as soon as it is published', 'Math.max(now + leadMs, due)', 'Math.max(now, due)'],
    [
      'a key that is brought forward may be unknown to verifiers',
      'Math.max(now, next.publishedAt + leadMs, due)',
      'Math.max(now, due)',
    ],
    ['a key is gone as soon as the next one signs', ' + lastSignatureMs + key.tokenSeconds * 1000\n  }', '\n  }'],
    ['no node is late', 'signsWithoutNewsMs + 10_000', '0'],
    ['a revoked key goes on signing', 'newestFirst.filter(({ revokedAt }) => revokedAt === null)', 'newestFirst'],
    [
      'where a key is revoked, the one before it signs again',
      'newest?.revokedAt === null ? newest : live.findLast(({ signsFrom }) => signsFrom >= (newest?.signsFrom ?? 0))',
      'live.find(({ signsFrom }) => signsFrom <= now) ?? live.at(-1)',
    ],
    [
      'a key that was revoked before it signed counts as one that has signed',
      'signsFrom <= (revokedAt ?? now))',
      'signsFrom <= now)',
    ],
    [
      'there is no next key',
      "return [...gone, { do: 'publish', signsFrom: Math.max(now + leadMs, due) }]",
      'return gone',
    ],
    ['keys are never gone', "if (endsAt(key) <= now) return 'gone'", ''],
    [
      'the key that stands in for a revoked one does not sign yet',
      "if (signing.signsFrom > now) return [...gone, { do: 'move', kid: signing.kid, signsFrom: now }]",
      '',
    ],
    [
      'a key that is brought forward signs from an earlier time',
      'const signsFrom = Math.max(now, next.publishedAt',
      'const signsFrom = Math.max(next.publishedAt',
    ],
  ),
  ...breaks(
    'src/keys/key-store.ts',
    ring,
    [
      'each of the nodes that start at once makes a key',
      'await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLocks.signingKeys})`',
      'void advisoryLocks',
    ],
    [
      'a live node is overlooked',
      'seen_at > clock_timestamp() - ${nodeIsLiveSeconds}',
      'seen_at > clock_timestamp() + ${nodeIsLiveSeconds}',
    ],
  ),
  ...breaks('src/keys/new-key.ts', ring, [
    'private keys are stored unsealed',
    "publicJwk: { ...jwk, kid, alg, use: 'sig' }",
    "publicJwk: { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }",
  ]),
  ...breaks(
    'src/keys/key-keeper.ts',
    ring,
    ['a new secret comes into force at once', 'if (!agreed) return inForce', ''],
    [
      'new keys are sealed under a secret that some nodes lack',
      'await seal.seal(privateKey, secret)',
      'await seal.seal(privateKey, 0)',
    ],
    ['old keys stay sealed under the old secret', 'await changes.reseal(', 'void (('],
    [
      'the longer token life of a node is ignored',
      'if (stored.keys.some((key) => key.tokenSeconds < tokenSeconds)) await changes.raiseTokenSeconds(tokenSeconds)',
      '',
    ],
    [
      'a rotated key signs before every verifier knows it',
      ' + timing.leadMs)\n        if (keep)',
      ')\n        if (keep)',
    ],
    ['revoke changes nothing', 'await changes.revoke(kid, now)', ''],
  ),
  ...breaks(
    'src/keys/key-ring.ts',
    ring,
    ['a node does not follow the store', '  loop.start()\n', ''],
    ['a node that lacks the secret reports that it is current', 'return knowsSecret && ', 'return '],
    ['revoked keys stay published', "state !== 'revoked' && ", ''],
  ),
  {
    name: 'the revocation of a key is not announced',
    file: 'prisma/migrations/20261121083601_key_lifecycle/migration.sql',
    find: `INSERT INTO "revocations" ("kind", "subject") VALUES ('key', OLD."kid");`,
    replace: '',
    test: 'test/faults/commands/keys.test.ts',
  },
  {
    name: 'tokens of a revoked key are accepted',
    file: 'src/revocations/denylist.ts',
    find: ' || keys.has(keyId)',
    replace: '',
    test: 'test/revocations/denylist.test.ts',
  },
  {
    name: 'a node that lacks the secret in force logs users out',
    file: 'src/tokens/known-secrets.ts',
    find: 'if (token || knowsSecrets()) return token',
    replace: 'return token',
    test: 'test/sessions/rotation.test.ts',
  },
  {
    name: 'keys of a node that is not current may be cached',
    file: 'src/keys/routes.ts',
    find: "keyRing.isCurrent ? cacheControl : 'no-store'",
    replace: 'cacheControl',
    test: 'test/keys/jwks.test.ts',
  },
  ...breaks('src/keys/key-ring.ts', foreign, [
    'the next key is not published',
    "state !== 'revoked' && state !== 'gone'",
    "state === 'signing' || state === 'retiring'",
  ]),
  ...breaks('src/tokens/claims.ts', foreign, [
    'tokens do not have the type of RFC 9068',
    'alg: key.alg, typ, kid',
    "alg: key.alg, typ: 'JWT', kid",
  ]),
  ...breaks('src/tokens/access-token.ts', foreign, ['tokens name no client', '      client_id: clientId,\n', '']),
  ...breaks('src/tokens/access-token.ts', 'test/keys/jwks.test.ts', [
    'tokens have an empty claim',
    '...(subject.roles.length === 0 ? {} : { roles: [...subject.roles] })',
    'roles: [...subject.roles]',
  ]),
  ...breaks('src/keys/key-ring.ts', ring, [
    'a node does not hear that tokens may live longer',
    '`${kid} ${tokenSeconds}`',
    '`${kid} ${tokenSeconds === undefined}`',
  ]),
]
