/** Deliberate breaks that show only while keys and secrets change under load. `npm run test:mutants -- test/faults` */
import { breaks, type Mutant } from '../setup/mutant.ts'

const keys = 'test/faults/key-rotation.test.ts'
const secrets = 'test/faults/secret-rotation.test.ts'
const slow = 'test/faults/slow-clients.test.ts'
const tricks = 'test/faults/parser-tricks.test.ts'
const hostile = 'test/faults/hostile-bodies.test.ts'
const frozen = 'test/faults/frozen.test.ts'
const gone = 'test/faults/disconnect.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/sessions/routes.ts', frozen, [
    'requests from before a standstill are carried out',
    'await stalls.settled()',
    'void stalls',
  ]),
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
    'packages/verify/src/issuer-keys.ts',
    keys,
    ['a service loads the keys once', 'if (loading) return loading', 'if (loading ?? loadedAt) return loading'],
    [
      'a service forgets keys that it loads anew',
      'await tokens.use(loaded.keys)',
      'await tokens.use(loaded.keys.slice(0, 1))',
    ],
  ),
  ...breaks('src/tokens/create-tokens.ts', keys, [
    'a node verifies with the keys it started with',
    'keyRing.onChange(signatureChecks.use)',
    '',
  ]),
  ...breaks('src/tokens/known-secrets.ts', secrets, [
    'a forgotten node logs users out',
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
  ...breaks('src/tokens/create-tokens.ts', secrets, [
    'refresh tokens are made by the newest secret, in force or not',
    'createRefreshTokens(secrets)',
    'createRefreshTokens({ ...secrets, indexInForce: () => 0 })',
  ]),
  ...breaks('src/tokens/refresh-token.ts', 'test/sessions/secrecy.test.ts', [
    'a node finds successors by its newest secret only',
    'of successorKeys.all.entries()',
    'of successorKeys.all.entries().take(1)',
  ]),
  ...breaks(
    'src/http/server.ts',
    slow,
    ['a body has a minute, as Node has it', 'headersTimeout: arrivalMilliseconds', 'headersTimeout: 60_000'],
    [
      'Node looks for slow requests every half minute',
      'connectionsCheckingInterval: 500',
      'connectionsCheckingInterval: 30_000',
    ],
    ['the server is blamed for a slow body', 'answerWithinMs = 9000', 'answerWithinMs = 5000'],
  ),
  ...breaks('src/http/server.ts', slow, [
    'an answer waits for its reader for ever',
    'takeWithinMs = 8000',
    'takeWithinMs = 80_000',
  ]),
  ...breaks(
    'src/http/bounds/connection-limits.ts',
    slow,
    ['a packet of a thousand requests is a thousand requests', 'mostUnanswered = 16', 'mostUnanswered = 2000'],
    ['a crowd is left outside', 'backlog = 4096', 'backlog = 511'],
  ),
  ...breaks('src/http/server.ts', tricks, ['bodies may be of any size', 'bodyLimit: 16 * 1024', 'bodyLimit: 2 ** 30']),
  ...breaks('src/http/json-body.ts', tricks, [
    'text is JSON as well',
    "app.addContentTypeParser('application/json'",
    'app.addContentTypeParser(/./',
  ]),
  ...breaks('src/http/errors/client-error.ts', tricks, [
    'what is no request is a mistake of ours',
    "?? 'invalid_request'",
    "?? 'internal_error'",
  ]),
  ...breaks('src/http/text.ts', hostile, ['NUL reaches Postgres', '!/\\p{Cc}/u.test(value)', 'true']),
  ...breaks('src/http/errors/field-error.ts', hostile, [
    'what is wrong is told with a stack',
    '{ params } : {}), message }',
    '{ params } : {}), message: String(new Error(message).stack) }',
  ]),
  ...breaks('src/http/server.ts', hostile, [
    'bodies are in the log',
    '{ method, route:',
    '{ body: request.body, method, route:',
  ]),
  ...breaks('src/http/errors/error-handler.ts', gone, [
    'a client that goes away is a database that does not answer',
    'if (statusCode === 400)',
    "if (statusCode === 400 && code !== 'ECONNRESET')",
  ]),
]
