/** Breaks that show only where keys and secrets change while real nodes serve. `npm run test:mutants -- test/faults` */
import { breaks, type Mutant } from '../setup/mutant.ts'

const keys = 'test/faults/key-rotation.test.ts'
const secrets = 'test/faults/secret-rotation.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/keys/key-keeper.ts', keys, [
    'keys sign as soon as they are published',
    'config.jwksMaxAgeSeconds * 1000 + publicationMs',
    '0',
  ]),
  ...breaks('src/keys/key-lifecycle.ts', keys, [
    'a key goes at its hand-over',
    'if (endsAt(key) <= now)',
    'if (key.revokedAt === null || endsAt(key) <= now)',
  ]),
  ...breaks(
    'src/verify/issuer-keys.ts',
    keys,
    ['a service loads the keys once', 'if (loading) return loading', 'if (loading ?? loadedAt) return loading'],
    ['a service forgets keys that it loads anew', 'await tokens.use(keys)', 'await tokens.use(keys.slice(0, 1))'],
  ),
  ...breaks('src/use-cases.ts', keys, [
    'a node verifies with the keys it started with',
    'keyRing.onChange(signatureChecks.use)',
    '',
  ]),
  ...breaks('src/sessions/known-secrets.ts', secrets, [
    'a forgotten node logs people out',
    'if (token || knowsSecrets()) return token',
    'return token',
  ]),
  ...breaks('src/keys/key-keeper.ts', secrets, [
    'the first node with a new secret puts it in force',
    'if (!agreed) return inForce',
    '',
  ]),
  ...breaks('src/keys/key-store.ts', secrets, [
    'a node counts only in the moment it says that it is there',
    'nodeIsLiveSeconds = 20',
    'nodeIsLiveSeconds = 0',
  ]),
  ...breaks('src/use-cases.ts', secrets, [
    'refresh tokens are made by the newest secret, in force or not',
    'createRefreshTokens(secrets, secretInForce)',
    'createRefreshTokens(secrets, () => 0)',
  ]),
  ...breaks('src/tokens/refresh-token.ts', secrets, [
    'a node finds successors by its newest secret only',
    'of successorKeys.entries()',
    'of successorKeys.entries().take(1)',
  ]),
]
