/** The only reader of the environment. All mistakes are reported together, by variable name, never with a value. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { origin, peppers, type SpaOrigin, secrets, serviceCredentials, spaOrigins, whole } from './setting-rules.ts'
import { StartError } from './start-error.ts'

/**
 * Room in libuv's pool for a hash on every core and for what else uses it: names, files, keys. Call before anything does;
 * whoever sets UV_THREADPOOL_SIZE is believed.
 */
export function widenThreadPool(env: NodeJS.ProcessEnv = process.env): void {
  env['UV_THREADPOOL_SIZE'] ||= String(Math.max(4, availableParallelism() + spareThreads))
}
const spareThreads = 2

/** Whether OpenTelemetry's own variables, which its SDK reads and this table leaves out, ask for traces. */
function asksForTraces(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  return (env['OTEL_TRACES_EXPORTER'] || (endpoint ? 'otlp' : 'none')) === 'otlp'
}

/** Name, rule, default and meaning of every setting. `.env.example` and the README's table are tested against it. */
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
      '`verified` lets nobody in whose email is not proven, and tells nobody whose is known; `closed` opens no accounts',
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
    .default('Countersign <countersign@localhost>')
    .describe('Sender of mails'),
  EMAIL_VERIFICATION_SECONDS: whole(300, 7 * 86_400, 86_400).describe('Life of a link that proves an address, seconds'),
  PASSWORD_RESET_SECONDS: whole(60, 86_400, 900).describe('Life of a link that sets a new password, seconds'),
  REAUTHENTICATION_SECONDS: whole(30, 86_400, 600).describe(
    'How long ago a person may have proved who they are, for what asks for it anew, seconds',
  ),
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

const localhost = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+\.localhost)(:\d+)?$/

/** Where `npm run example:spa` listens. */
const developmentOrigins: readonly SpaOrigin[] = [{ origin: 'http://localhost:5173', crossSite: false }]

const needed = ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'PUBLIC_URL', 'SMTP_URL'] as const

const environment = z.object(settings).superRefine((env, ctx) => {
  if (env.SESSION_IDLE_SECONDS > env.SESSION_MAX_SECONDS) {
    ctx.addIssue({
      code: 'custom',
      path: ['SESSION_IDLE_SECONDS'],
      message: 'must not be longer than SESSION_MAX_SECONDS',
    })
  }
  if (env.PORT === 0 && env.PUBLIC_URL === undefined) {
    ctx.addIssue({ code: 'custom', path: ['PORT'], message: 'may be 0 (any free port) only where PUBLIC_URL is set' })
  }
  if (env.METRICS_PORT !== 0 && env.METRICS_PORT === env.PORT) {
    ctx.addIssue({ code: 'custom', path: ['METRICS_PORT'], message: 'must not be PORT' })
  }
  const crossSite = env.SPA_ORIGINS?.some((spa) => spa.crossSite)
  if (crossSite && !env.PUBLIC_URL?.startsWith('https:')) {
    const message = 'may have cross-site origins only where PUBLIC_URL is https: browsers ask for it'
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message })
  }
  if (env.NODE_ENV !== 'production') return
  if (env.SPA_ORIGINS?.some((spa) => spa.origin.startsWith('http:') && !localhost.test(spa.origin))) {
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message: 'must be https in production, localhost aside' })
  }
  for (const name of needed) {
    if (env[name] === undefined) ctx.addIssue({ code: 'custom', path: [name], message: 'must be set in production' })
  }
  if (env.PUBLIC_URL?.startsWith('http:') && !localhost.test(env.PUBLIC_URL)) {
    ctx.addIssue({ code: 'custom', path: ['PUBLIC_URL'], message: 'must be https in production' })
  }
})

/** The environment cannot be run on. The message has a line for each variable at fault. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
}

/**
 * What the environment asks for, typed. Empty variables count as unset.
 * Throws ConfigError naming every variable that is wrong, missing, or left at a development default in production.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const given = Object.entries(env).filter(([name, value]) => name in settings && value !== '')
  const parsed = environment.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`)
    throw new ConfigError(`The environment has mistakes:\n${lines.join('\n')}`)
  }
  const e = parsed.data
  const threads = Number(env['UV_THREADPOOL_SIZE'] || 4)
  const publicUrl = e.PUBLIC_URL ?? `http://localhost:${e.PORT}`
  return {
    production: e.NODE_ENV === 'production',
    port: e.PORT,
    host: e.HOST,
    dataDir: e.DATA_DIR,
    databaseUrl: e.DATABASE_URL,
    secrets: e.COUNTERSIGN_SECRET,
    publicUrl,
    audience: e.AUDIENCE ?? publicUrl,
    spaOrigins: e.SPA_ORIGINS ?? (e.NODE_ENV === 'production' ? [] : developmentOrigins),
    cookieSameSite: e.COOKIE_SAMESITE,
    signingAlg: e.SIGNING_ALG,
    signingKeyDays: e.SIGNING_KEY_DAYS,
    jwksMaxAgeSeconds: e.JWKS_MAX_AGE_SECONDS,
    accessTokenSeconds: e.ACCESS_TOKEN_SECONDS,
    refreshLeewaySeconds: e.REFRESH_LEEWAY_SECONDS,
    sessionIdleSeconds: e.SESSION_IDLE_SECONDS,
    sessionMaxSeconds: e.SESSION_MAX_SECONDS,
    passwordPeppers: e.PASSWORD_PEPPERS ?? [],
    passwordMinLength: e.PASSWORD_MIN_LENGTH,
    bcryptCost: e.BCRYPT_COST,
    serviceCredentials: e.SERVICE_CREDENTIALS ?? [],
    revocationListen: e.REVOCATION_LISTEN === 'on',
    revocationStale: e.REVOCATION_STALE,
    signup: e.SIGNUP,
    appUrl: e.APP_URL,
    smtpUrl: e.SMTP_URL,
    mailFrom: e.MAIL_FROM,
    emailVerificationSeconds: e.EMAIL_VERIFICATION_SECONDS,
    passwordResetSeconds: e.PASSWORD_RESET_SECONDS,
    reauthenticationSeconds: e.REAUTHENTICATION_SECONDS,
    auditDays: e.AUDIT_DAYS,
    metricsPort: e.METRICS_PORT,
    /** Whether anybody can ask for them. */
    metrics: e.METRICS_PORT !== 0 || e.SERVICE_CREDENTIALS !== undefined,
    traces: asksForTraces(env),
    shutdownGraceSeconds: e.SHUTDOWN_GRACE_SECONDS,
    hashesAtOnce: Math.max(1, Math.min(availableParallelism(), threads - spareThreads)),
    logLevel: e.LOG_LEVEL,
  } as const
}

export type Config = ReturnType<typeof readConfig>
