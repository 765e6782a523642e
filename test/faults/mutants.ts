/** Breaks that show only where keys and secrets change while real nodes serve. `npm run test:mutants -- test/faults` */
import { breaks, type Mutant } from '../setup/mutant.ts'

const keys = 'test/faults/key-rotation.test.ts'
const secrets = 'test/faults/secret-rotation.test.ts'
const clock = 'test/faults/server-clock.test.ts'
const shutdown = 'test/faults/shutdown.test.ts'
const storm = 'test/faults/login-storm.test.ts'
const soak = 'test/faults/soak.test.ts'

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
    'createRefreshTokens(secrets, () => keyRing.secretInForce)',
    'createRefreshTokens(secrets, () => 0)',
  ]),
  ...breaks('src/tokens/refresh-token.ts', secrets, [
    'a node finds successors by its newest secret only',
    'of successorKeys.entries()',
    'of successorKeys.entries().take(1)',
  ]),
  ...breaks('src/http/health.ts', clock, [
    'a node whose clock is wrong is ready',
    ' || clockSkewMs() > mostSkewMs',
    '',
  ]),
  ...breaks(
    'src/database-clock.ts',
    clock,
    [
      'what the database says of the time is not heard',
      'base = Math.min(Math.max(estimate(), time), latest)',
      'base = machine()',
    ],
    ['a wrong clock is not noticed', 'machineIsOffMs = Math.max(time - machine(), machine() - latest, 0)', ''],
  ),
  ...breaks('src/http/health.ts', shutdown, ['a node that is to stop is ready', 'app.closing.aborted', 'false']),
  ...breaks(
    'src/http/drain.ts',
    shutdown,
    ['requests under way are cut off', 'if (underWay === 0) resolve()', 'resolve()'],
    ['who waits for news is not answered', 'closing.abort()', ''],
    ['there is no grace', 'if (graceMs > 0) await sleep(graceMs)', ''],
  ),
  ...breaks('src/start.ts', shutdown, [
    'a second signal is waited out',
    'closeWithGrace({ delay: stopWithinMilliseconds, logger }, () => app.close())',
    "process.on('SIGTERM', () => void app.close().then(() => process.exit(0)))",
  ]),
  ...breaks('src/accounts/hash-queue.ts', 'test/accounts/password-hash.test.ts', [
    'any number of hashes waits',
    'if (active < running || queue.length < waiting) return',
    'if (active >= 0) return',
  ]),
  ...breaks('src/yielding-pool.ts', storm, ['hashes have the priority of requests', 'niceness = 10', 'niceness = 0']),
  ...breaks('src/http/drain.ts', soak, ['requests are counted for ever', 'if (--underWay === 0) whenDrained?.()', '']),
]
