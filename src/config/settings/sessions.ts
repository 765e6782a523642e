/** Tokens, sessions, passwords, and the services that verify tokens. Part of settings.ts. */
import { z } from 'zod'
import { peppers, serviceCredentials, whole, wholeOrNone } from '../setting-rules.ts'

export const sessions = {
  SIGNING_ALG: z
    .enum(['ES256', 'EdDSA', 'RS256'], 'must be ES256, EdDSA or RS256')
    .default('ES256')
    .describe(
      'The algorithm of new signing keys. After a change, `npm run keys -- rotate` makes a key of the new algorithm.',
    ),
  SIGNING_KEY_DAYS: whole(1, 365, 30).describe('A key signs for this many days. Then the next key takes over.'),
  JWKS_MAX_AGE_SECONDS: whole(1, 86_400, 300).describe(
    'Other services may cache the public keys for this many seconds. A new key is published for longer than ' +
      'this before it signs.',
  ),
  ACCESS_TOKEN_SECONDS: whole(5, 3600, 600).describe('An access token lives for this many seconds.'),
  TOKEN_CACHE_ENTRIES: whole(0, 1_000_000, 20_000).describe(
    'A node remembers this many verified access tokens, so that it verifies each of them once. With 0, it ' +
      'verifies a token at every request.',
  ),
  REFRESH_LEEWAY_SECONDS: whole(0, 86_400, 10).describe(
    'For this many seconds after its exchange, a refresh token still gets the same successor.',
  ),
  REFRESH_FORK_SECONDS: wholeOrNone(0, 3650 * 86_400)
    .optional()
    .describe(
      'After the leeway, and for this many seconds after its exchange, a refresh token gets a second successor beside ' +
        'the first. The first of the two that is used decides. Without a value, this lasts as long as the session. With ' +
        '0 here and for the leeway, each refresh token works once.',
    ),
  SESSION_IDLE_SECONDS: whole(60, 400 * 86_400, 30 * 86_400).describe(
    'A session ends after this many seconds without a refresh.',
  ),
  SESSION_BROWSER_SECONDS: whole(60, 400 * 86_400, 86_400).describe(
    'A session whose login said `remember: false` ends after this many seconds without a refresh, if that is sooner.',
  ),
  SESSION_MAX_SECONDS: whole(60, 3650 * 86_400, 365 * 86_400).describe(
    'A session ends this many seconds after its login, even if the client refreshes it.',
  ),
  SESSIONS_PER_USER: whole(1, 10_000, 100).describe(
    'A user may have this many sessions at once. A login beyond it ends the session that was used least recently.',
  ),
  REAUTHENTICATION_SECONDS: whole(30, 86_400, 600).describe(
    'Some requests need a recent login. A login counts as recent for this many seconds.',
  ),
  PASSWORD_PEPPERS: peppers
    .optional()
    .describe(
      'Pairs of `id:key`, newest first, separated by commas. The newest key is mixed into new password ' +
        'hashes. Keep each pair until no stored hash needs it.',
    ),
  PASSWORD_MIN_LENGTH: whole(8, 128, 8).describe(
    'A new password must have at least this many characters. NIST SP 800-63B advises 15 where the password is ' +
      'the only factor.',
  ),
  BCRYPT_COST: whole(10, 16, 12).describe(
    'The cost of bcrypt: the base-2 logarithm of its rounds. At a login, a hash of another cost is renewed.',
  ),
  SERVICE_CREDENTIALS: serviceCredentials
    .optional()
    .describe(
      'Pairs of `id:secret`, separated by commas. A service with one of them may use introspection, ' +
        'revocations and metrics.',
    ),
  WAITS_PER_SERVICE: whole(1, 10_000, 32).describe(
    'A service may have this many requests on a node that wait for revocations. Every instance of a service has one. An ' +
      'instance beyond that gets `too_many_waiting`.',
  ),
  REVOCATION_LISTEN: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .describe(
      'Whether nodes hear of revocations by LISTEN. With `off`, or with `?pgbouncer=true` in `DATABASE_URL`, revocations ' +
        'arrive within two seconds.',
    ),
  REVOCATION_STALE: z
    .enum(['open', 'closed'], 'must be open or closed')
    .default('open')
    .describe(
      'The answer of a node that could not read revocations for 30 seconds. With `open`, the node goes by the ' +
        'revocations that it knows. With `closed`, it answers 503.',
    ),
}
