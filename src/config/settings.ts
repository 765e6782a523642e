/** Every setting. `.env.example` and the README's table are tested against it. */
import { z } from 'zod'
import {
  origin,
  peppers,
  rateLimits,
  secrets,
  serviceCredentials,
  spaOrigins,
  trustedProxies,
  whole,
} from './setting-rules.ts'

/** By name: rule, default and meaning. */
export const settings = {
  NODE_ENV: z
    .enum(['development', 'production'], 'must be development or production')
    .default('development')
    .describe('`production` refuses every development default'),
  PORT: whole(0, 65_535, 3000).describe('TCP port'),
  HOST: z.string().default('localhost').describe('Address to listen on; `0.0.0.0` for all'),
  DATA_DIR: z.string().default('.data').describe('Where the embedded Postgres and the generated secret live'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address')
    .optional()
    .describe('Postgres 15 or newer; unset, an embedded one is started'),
  COUNTERSIGN_SECRET: secrets
    .optional()
    .describe('Secrets of 32 characters or more, newest first, comma-separated; unset, one is generated'),
  PUBLIC_URL: origin.optional().describe('Origin clients reach this server at; issuer of tokens, base of links'),
  AUDIENCE: z
    .string()
    .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters')
    .optional()
    .describe('`aud` of access tokens: your API’s identifier; unset, `PUBLIC_URL`'),
  SPA_ORIGINS: spaOrigins
    .optional()
    .describe(
      'Origins whose pages may use cookie mode and CORS, comma-separated; add ` cross-site` to one on another site. ' +
        'Unset: none in production, `http://localhost:5173` in development',
    ),
  COOKIE_SAMESITE: z
    .enum(['strict', 'lax'], 'must be strict or lax')
    .default('strict')
    .describe('`lax` lets people who follow a link arrive logged in on server-rendered pages'),
  SIGNING_ALG: z
    .enum(['ES256', 'EdDSA', 'RS256'], 'must be ES256, EdDSA or RS256')
    .default('ES256')
    .describe('Algorithm of signing keys that are made from now on; `npm run keys -- rotate` makes one'),
  SIGNING_KEY_DAYS: whole(1, 365, 30).describe('How long a key signs before the next one does, days'),
  JWKS_MAX_AGE_SECONDS: whole(1, 86_400, 300).describe(
    'How long other services may keep the public keys, seconds; a new key waits longer before it signs',
  ),
  ACCESS_TOKEN_SECONDS: whole(10, 3600, 600).describe('Life of an access token, seconds'),
  TOKEN_CACHE_ENTRIES: whole(0, 1_000_000, 20_000).describe(
    'How many verified access tokens are remembered, so that each is verified once; 0 verifies at every request',
  ),
  REFRESH_LEEWAY_SECONDS: whole(0, 300, 10).describe(
    'How long a rotated refresh token may be repeated, seconds; 0 is strict',
  ),
  SESSION_IDLE_SECONDS: whole(60, 400 * 86_400, 30 * 86_400).describe(
    'A session ends when not refreshed this long, seconds',
  ),
  SESSION_MAX_SECONDS: whole(60, 3650 * 86_400, 365 * 86_400).describe('A session ends this long after login, seconds'),
  PASSWORD_PEPPERS: peppers
    .optional()
    .describe('`id:key` pairs mixed into password hashes, newest first, comma-separated'),
  PASSWORD_MIN_LENGTH: whole(8, 128, 8).describe('Shortest password accepted, characters; 15 is advised'),
  BCRYPT_COST: whole(10, 16, 12).describe('bcrypt cost, log2 of rounds; older hashes are renewed at login'),
  SERVICE_CREDENTIALS: serviceCredentials
    .optional()
    .describe(
      '`id:secret` pairs of services that may ask about tokens, comma-separated; secrets of 32 characters or more',
    ),
  REVOCATION_LISTEN: z
    .enum(['on', 'off'], 'must be on or off')
    .default('on')
    .describe(
      '`off` where LISTEN does not work, as behind a transaction pooler: revocations arrive within two seconds',
    ),
  REVOCATION_STALE: z
    .enum(['open', 'closed'], 'must be open or closed')
    .default('open')
    .describe(
      '`closed` answers 503 once revocations could not be learnt of for 30 seconds; `open` relies on what is known',
    ),
  SIGNUP: z
    .enum(['open', 'verified', 'closed'], 'must be open, verified or closed')
    .default('open')
    .describe(
      '`verified` opens accounts by a link in a mail, and tells nobody whose email is known; `closed` opens none',
    ),
  APP_URL: origin
    .optional()
    .describe('Origin that links in mails lead to, with pages of yours; unset, this server’s own'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must be an smtp:// or smtps:// address')
    .optional()
    .describe('Mail server, user and password included; unset in development, mail goes to the log and /dev/mailbox'),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]{3,200}$/, 'must be an address, such as Example <auth@example.com>')
    .optional()
    .describe('Sender of mails; unset in development, `Countersign <countersign@localhost>`'),
  EMAIL_VERIFICATION_SECONDS: whole(300, 7 * 86_400, 86_400).describe('Life of a link that proves an address, seconds'),
  PASSWORD_RESET_SECONDS: whole(60, 86_400, 900).describe('Life of a link that sets a new password, seconds'),
  REAUTHENTICATION_SECONDS: whole(30, 86_400, 600).describe(
    'How long ago a person may have proved who they are, for what asks for it anew, seconds',
  ),
  TRUSTED_PROXIES: trustedProxies
    .optional()
    .describe('Addresses and networks whose `X-Forwarded-For` is believed, comma-separated; unset, nobody’s'),
  RATE_LIMITS: rateLimits
    .optional()
    .describe(
      'Changes to [limits](docs/limits.md), comma-separated: `login_account=10/3600`, or `register=0` for none; `off` for none at all',
    ),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be a redis:// or rediss:// address')
    .optional()
    .describe('Where guesses and letters are counted for all nodes; unset, in Postgres'),
  AUDIT_DAYS: whole(1, 3650, 400).describe('How long audit events are kept, days'),
  METRICS_PORT: whole(0, 65_535, 0).describe(
    'Port for `/metrics` without a credential, which strangers must not reach; 0: only on the main port, for a service',
  ),
  SHUTDOWN_GRACE_SECONDS: whole(0, 5, 0).describe(
    'How long a node that is to stop still takes requests while `/readyz` says 503, so that balancers notice, seconds',
  ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'], 'must be fatal, error, warn, info, debug or silent')
    .default('info')
    .describe('Least severe log line written'),
}
