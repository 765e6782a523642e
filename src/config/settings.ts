/** Every setting. `npm run docs` writes .env.example and docs/reference/settings.md from this table. */
import { z } from 'zod'
import {
  androidApps,
  appleAppIds,
  domain,
  linkTargets,
  origin,
  peppers,
  rateLimits,
  secrets,
  serviceCredentials,
  spaOrigins,
  trustedProxies,
  whole,
  wholeOrNone,
} from './setting-rules.ts'

/** The rule, the default and the meaning of each setting. */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'production'], 'must be development or production')
    .optional()
    .describe(
      'With `production`, the server refuses to start with any development default. If it is unset, a `PUBLIC_URL` ' +
        'that is https or names another machine means production, and anything else means development.',
    ),
  PORT: whole(0, 65_535, 3000).describe(
    'The TCP port that the server listens on. With 0, the server takes any free port.',
  ),
  HOST: z
    .string()
    .default('localhost')
    .describe('The address that the server listens on. `0.0.0.0` means every address of the machine.'),
  DATA_DIR: z.string().default('.data').describe('The directory of the embedded Postgres and of the generated secret.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address')
    .optional()
    .describe('The address of a Postgres 15 or newer. If it is unset, the server starts an embedded Postgres.'),
  COUNTERSIGN_SECRET: secrets
    .optional()
    .describe(
      'The secrets of this server, newest first, separated by commas. If it is unset in development, the ' +
        'server generates one in `DATA_DIR`.',
    ),
  PUBLIC_URL: origin
    .optional()
    .describe(
      'The origin at which clients reach this server. Tokens name it as their issuer, and links in mails ' +
        'begin with it. If it is unset in development, it is `http://localhost:` and `PORT`.',
    ),
  AUDIENCE: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')
    .optional()
    .describe('The `aud` claim of access tokens: an identifier of your API. If it is unset, it is `PUBLIC_URL`.'),
  SPA_ORIGINS: spaOrigins
    .optional()
    .describe(
      'The origins whose pages may use cookie mode and CORS, separated by commas. A space and the word ' +
        '`cross-site` after an origin admit a page of another site. If it is unset, the server admits no origin. Only ' +
        'in development on this machine, it admits `http://localhost:5173`.',
    ),
  COOKIE_SAMESITE: z
    .enum(['strict', 'lax'], 'must be strict or lax')
    .default('strict')
    .describe(
      'The `SameSite` attribute of the cookies. With `lax`, a user who follows a link from another site ' +
        'arrives signed in on a server-rendered page.',
    ),
  COOKIE_DOMAIN: domain
    .optional()
    .describe(
      'Every host of this domain gets the access cookie, for pages that another host renders. Each of them can then ' +
        'act as the user until the token expires, and can plant a cookie. If it is unset, only the host of ' +
        '`PUBLIC_URL` gets it. The refresh cookie never leaves that host.',
    ),
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
  ACCESS_TOKEN_SECONDS: whole(10, 3600, 600).describe('An access token lives for this many seconds.'),
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
      'Whether nodes hear of revocations by LISTEN. With `off`, for a pooler in transaction mode, revocations ' +
        'arrive within two seconds.',
    ),
  REVOCATION_STALE: z
    .enum(['open', 'closed'], 'must be open or closed')
    .default('open')
    .describe(
      'The answer of a node that could not read revocations for 30 seconds. With `open`, the node goes by the ' +
        'revocations that it knows. With `closed`, it answers 503.',
    ),
  SIGNUP: z
    .enum(['open', 'verified', 'closed'], 'must be open, verified or closed')
    .default('open')
    .describe(
      'With `open`, everyone may open an account and is signed in at once. With `verified`, the link in a ' +
        'mail opens the account, and no answer tells whether an email is known. With `closed`, nobody may open ' +
        'an account.',
    ),
  APP_URL: origin
    .optional()
    .describe(
      'The origin of your own pages for the links in mails. If it is unset, the links lead to small pages of ' +
        'this server.',
    ),
  LINK_TARGETS: linkTargets
    .optional()
    .describe(
      'The addresses that links in mails may lead to if a client asks for it with `redirect_to`, separated by commas: an origin such as ' +
        '`https://app.example.com`, an address such as `https://app.example.com/auth` with everything below it, or `myapp://auth` of ' +
        'a phone app. If it is unset, `redirect_to` is refused.',
    ),
  APPLE_APP_IDS: appleAppIds
    .optional()
    .describe(
      'The iOS apps that may open the links of this server and use its passwords and passkeys, such as ' +
        '`ABCDE12345.com.example.app`, separated by commas. `/.well-known/apple-app-site-association` lists them.',
    ),
  ANDROID_APPS: androidApps
    .optional()
    .describe(
      'The same for Android apps: the name of the package, a colon, and the SHA-256 fingerprint of its certificate ' +
        '(`com.example.app:14:6D:E9:…`), separated by commas. `/.well-known/assetlinks.json` lists them.',
    ),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must be an smtp:// or smtps:// address')
    .optional()
    .describe(
      'The mail server, with user and password. If it is unset in development, mail goes to the log and to ' +
        '`/dev/mailbox`.',
    ),
  SMTP_TLS: z
    .enum(['required', 'optional'], 'must be required or optional')
    .default('required')
    .describe(
      'With `required`, no mail is sent to a mail server on another machine that offers no TLS. With `optional`, ' +
        'it is then sent in plain text, and links in it can be read on the way.',
    ),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]{3,200}$/, 'must be an address, such as Example <auth@example.com>')
    .optional()
    .describe('The sender of mails. If it is unset in development, it is `Countersign <countersign@localhost>`.'),
  EMAIL_VERIFICATION_SECONDS: whole(300, 7 * 86_400, 86_400).describe(
    'A link that verifies an email works for this many seconds.',
  ),
  PASSWORD_RESET_SECONDS: whole(60, 86_400, 900).describe(
    'A link that sets a new password works for this many seconds.',
  ),
  TRUSTED_PROXIES: trustedProxies
    .optional()
    .describe(
      'The addresses and networks of your proxies, separated by commas. The server believes `X-Forwarded-For` ' +
        'and `X-Request-Id` only if one of them sent it. If it is unset, the server never believes them.',
    ),
  CONNECTIONS_PER_ADDRESS: whole(0, 10_000, 1000).describe(
    'One client address may have this many connections at once. An IPv6 address counts with its whole /64. With 0, it ' +
      'may have any number. The connections of `TRUSTED_PROXIES` are not counted.',
  ),
  RATE_LIMITS: rateLimits
    .optional()
    .describe(
      'Changes to the rate limits (docs/reference/rate-limits.md), separated by commas. ' +
        '`login_account=10/3600` changes a limit, `register=0` turns one off, and `off` turns all of them off.',
    ),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be a redis:// or rediss:// address')
    .optional()
    .describe('The address of a Redis that counts attempts for all nodes. If it is unset, Postgres counts them.'),
  AUDIT_DAYS: whole(1, 3650, 400).describe('Audit events are kept for this many days.'),
  METRICS_PORT: whole(0, 65_535, 0).describe(
    'A port that serves `/metrics` without a credential. Strangers must not reach it. With 0, only a service ' +
      'with a credential can read the metrics, on the main port.',
  ),
  SHUTDOWN_GRACE_SECONDS: whole(0, 5, 0).describe(
    'A node that stops still accepts requests for this many seconds while `/readyz` answers 503, so that load ' +
      'balancers notice.',
  ),
  DOCS: z
    .enum(['on', 'off'], 'must be on or off')
    .optional()
    .describe(
      'Whether the server shows its reference at `/docs` and its OpenAPI document at `/openapi.yaml`. If it is unset, it ' +
        'is `on` in development and `off` in production.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], 'must be fatal, error, warn, info, debug or silent')
    .default('info')
    .describe('The least severe lines that the log holds.'),
}
