/** Reads the environment; no other file does. All mistakes are reported together, by variable name and never with a value. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { defaultRates } from '../limits/rate.ts'
import { type DatabasePlace, withParameters } from './database-url.ts'
import { isLocalHost } from './localhost.ts'
import { publicPathOf } from './public-url.ts'
import { isLocal, isProduction, type Settings, settingConflicts } from './setting-conflicts.ts'
import { settings } from './settings.ts'
import type { SpaOrigin } from './spa-origins.ts'
import { StartError } from './start-error.ts'
import { unknownSettings } from './unknown-settings.ts'

const environment = z.object(settings)

/**
 * Makes room in the thread pool of libuv for a hash on every core and for other users of the pool: DNS, files, keys. Call it before
 * anything uses the pool. An explicit UV_THREADPOOL_SIZE stays.
 */
export function widenThreadPool(env: NodeJS.ProcessEnv = process.env): void {
  env['UV_THREADPOOL_SIZE'] ||= String(Math.max(4, availableParallelism() + spareThreads))
}
const spareThreads = 2

/** Whether an unexpected error is printed with its stack: LOG_LEVEL asks for everything. */
export const showsStacks = (env: NodeJS.ProcessEnv = process.env): boolean => env['LOG_LEVEL'] === 'debug'

/** Whether `npm start` started this process. */
export const isNpmStart = (env: NodeJS.ProcessEnv = process.env): boolean =>
  env['npm_lifecycle_event'] === 'start' && env['npm_package_name'] === 'countersign'

/** Whether the standard variables of OpenTelemetry ask for traces. Its SDK reads them itself. */
function asksForTraces(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  return (env['OTEL_TRACES_EXPORTER'] || (endpoint ? 'otlp' : 'none')) === 'otlp'
}

/** Development servers of pages listen on many ports of this machine. */
const developmentOrigins: readonly SpaOrigin[] = ['http://localhost:*', 'http://127.0.0.1:*'].map((origin) => ({
  origin,
  crossSite: false,
  bearerOnly: false,
}))

/** The settings are wrong. The message has a line for each wrong variable. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
  /** A sentence for each mistake. It begins with the name of the variable. */
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    super(['The environment has mistakes:', ...mistakes.map((text) => `  ${text}`)].join('\n'))
    this.mistakes = mistakes
  }
}

/** The values of all settings, after each rule by itself and all rules between them. */
function readSettings(env: NodeJS.ProcessEnv, unknown: readonly string[]): Settings {
  const given = Object.entries(env).filter(([name, value]) => name in settings && value !== '')
  const parsed = environment.safeParse(Object.fromEntries(given))
  const mistakes = (parsed.error?.issues ?? []).map(({ path, message }) => ({ name: path.join('.'), message }))
  const bad = new Set(mistakes.map(({ name }) => name))
  // Every setting may be left out, so what remains can be read.
  const good = parsed.data ?? environment.parse(Object.fromEntries(given.filter(([name]) => !bad.has(name))))
  const lines = [...mistakes, ...settingConflicts(good, bad)].map(({ name, message }) => `${name} ${message}`)
  if (lines.length === 0) return good
  throw new ConfigError([...lines, ...unknown])
}

/** The address of the database with the settings that stand for its parameters, which also hold for the embedded database. */
function databaseOf(e: Pick<Settings, 'DATABASE_URL' | 'DATABASE_SCHEMA' | 'DATABASE_POOL_SIZE' | 'MIGRATE_ON_START'>) {
  const databaseParameters = { schema: e.DATABASE_SCHEMA, poolSize: e.DATABASE_POOL_SIZE }
  return {
    databaseUrl: e.DATABASE_URL === undefined ? undefined : withParameters(e.DATABASE_URL, databaseParameters),
    databaseParameters,
    migrateOnStart: e.MIGRATE_ON_START === 'on',
  }
}

/**
 * The settings, typed. Empty variables count as unset. Throws a ConfigError that names every variable that is wrong, missing, or left at
 * a development default in production.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env) {
  const unknown = unknownSettings(env)
  const e = readSettings(env, unknown)
  const threads = Number(env['UV_THREADPOOL_SIZE'] || 4)
  const publicUrl = e.PUBLIC_URL ?? `http://localhost:${e.PORT}`
  const production = isProduction(e)
  return {
    production,
    port: e.PORT,
    host: e.HOST,
    dataDir: e.DATA_DIR,
    ...databaseOf(e),
    secrets: e.COUNTERSIGN_SECRET,
    publicUrl,
    /** The path of `publicUrl`, such as `/id`, or empty. */
    publicPath: publicPathOf(publicUrl),
    audience: e.AUDIENCE ?? publicUrl,
    spaOrigins: e.SPA_ORIGINS ?? (production || !isLocal(e) ? [] : developmentOrigins),
    corsHeaders: e.CORS_HEADERS ?? [],
    hsts: e.HSTS === 'off' || !publicUrl.startsWith('https:') ? undefined : e.HSTS,
    cookieSameSite: e.COOKIE_SAMESITE,
    cookieDomain: e.COOKIE_DOMAIN,
    signingAlg: e.SIGNING_ALG,
    signingKeyDays: e.SIGNING_KEY_DAYS,
    jwksMaxAgeSeconds: e.JWKS_MAX_AGE_SECONDS,
    accessTokenSeconds: e.ACCESS_TOKEN_SECONDS,
    tokenCacheEntries: e.TOKEN_CACHE_ENTRIES,
    refreshLeewaySeconds: e.REFRESH_LEEWAY_SECONDS,
    refreshForkSeconds: e.REFRESH_FORK_SECONDS ?? e.SESSION_MAX_SECONDS,
    sessionLives: {
      idleSeconds: e.SESSION_IDLE_SECONDS,
      browserSeconds: Math.min(e.SESSION_BROWSER_SECONDS, e.SESSION_IDLE_SECONDS),
    },
    sessionMaxSeconds: e.SESSION_MAX_SECONDS,
    sessionsPerUser: e.SESSIONS_PER_USER,
    passwordPeppers: e.PASSWORD_PEPPERS ?? [],
    passwordMinLength: e.PASSWORD_MIN_LENGTH,
    bcryptCost: e.BCRYPT_COST,
    factorsRequired: e.FACTORS_REQUIRED,
    factorsRequiredRoles: e.FACTORS_REQUIRED_ROLES ?? [],
    trustDeviceDays: e.TRUST_DEVICE_DAYS,
    adminResetNeedsTwo: e.ADMIN_RESET_NEEDS_TWO === 'on',
    serviceCredentials: e.SERVICE_CREDENTIALS ?? [],
    waitsPerService: e.WAITS_PER_SERVICE,
    revocationListen: e.REVOCATION_LISTEN === 'on',
    revocationStale: e.REVOCATION_STALE,
    signup: e.SIGNUP,
    appUrl: e.APP_URL,
    appName: e.APP_NAME ?? new URL(publicUrl).host,
    appLogo: e.APP_LOGO,
    linkTargets: e.LINK_TARGETS ?? [],
    appleAppIds: e.APPLE_APP_IDS ?? [],
    androidApps: e.ANDROID_APPS ?? [],
    totpIssuer: e.TOTP_ISSUER,
    passkeyDomain: e.PASSKEY_DOMAIN,
    passkeyOrigins: e.PASSKEY_ORIGINS,
    smtpUrl: e.SMTP_URL,
    /** A mail server on this machine needs no TLS, because no network carries the mails. */
    smtpRequiresTls: e.SMTP_TLS === 'required' && !isLocalHost(URL.parse(e.SMTP_URL ?? '')?.hostname ?? ''),
    mailFrom: e.MAIL_FROM ?? 'Countersign <countersign@localhost>',
    emailVerificationSeconds: e.EMAIL_VERIFICATION_SECONDS,
    passwordResetSeconds: e.PASSWORD_RESET_SECONDS,
    reauthenticationSeconds: e.REAUTHENTICATION_SECONDS,
    trustedProxies: e.TRUSTED_PROXIES ?? [],
    connectionsPerAddress: e.CONNECTIONS_PER_ADDRESS,
    rates: e.RATE_LIMITS ?? defaultRates,
    redisUrl: e.REDIS_URL,
    auditDays: e.AUDIT_DAYS,
    metricsPort: e.METRICS_PORT,
    /** Whether metrics can be read at all. */
    metrics: e.METRICS_PORT !== 0 || e.SERVICE_CREDENTIALS !== undefined,
    traces: asksForTraces(env),
    reusePort: e.REUSE_PORT === 'on',
    shutdownGraceSeconds: e.SHUTDOWN_GRACE_SECONDS,
    hashesAtOnce: Math.max(1, Math.min(availableParallelism(), threads - spareThreads)),
    docs: e.DOCS === undefined ? !production : e.DOCS === 'on',
    logLevel: e.LOG_LEVEL,
    logAddresses: e.LOG_ADDRESSES === 'on',
    /** A sentence for each variable that looks like a setting and is none. */
    unknownSettings: unknown,
  } as const
}

export type Config = ReturnType<typeof readConfig>

/** Where the database is, also if other settings are wrong. Undefined if DATABASE_URL is wrong itself. */
export function readDatabasePlace(env: NodeJS.ProcessEnv = process.env): DatabasePlace | undefined {
  const place = {
    DATABASE_URL: true,
    DATABASE_POOL_SIZE: true,
    DATABASE_SCHEMA: true,
    MIGRATE_ON_START: true,
    DATA_DIR: true,
  } as const
  const given = Object.keys(place).map((name) => [name, env[name] || undefined])
  const { data } = environment.pick(place).safeParse(Object.fromEntries(given))
  return data && { ...databaseOf(data), dataDir: data.DATA_DIR }
}
