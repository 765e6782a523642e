/** Reads the environment; no other file does. All mistakes are reported together, by variable name and never with a value. */
import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { defaultRates } from '../limits/rate.ts'
import { isLocalHost, isLocalOrigin, isLocalUrl } from './localhost.ts'
import { isPublicSuffix } from './public-suffix.ts'
import { publicPathOf } from './public-url.ts'
import { isCookieDomain } from './setting-rules.ts'
import { settings } from './settings.ts'
import { domainOfPattern, isAnyPort, type SpaOrigin } from './spa-origins.ts'
import { StartError } from './start-error.ts'

/**
 * Makes room in the thread pool of libuv for a hash on every core and for other users of the pool: DNS, files, keys. Call it before
 * anything uses the pool. An explicit UV_THREADPOOL_SIZE stays.
 */
export function widenThreadPool(env: NodeJS.ProcessEnv = process.env): void {
  env['UV_THREADPOOL_SIZE'] ||= String(Math.max(4, availableParallelism() + spareThreads))
}
const spareThreads = 2

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

const needed = ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'] as const

type Settings = z.output<z.ZodObject<typeof settings>>

/** Whether clients reach the server on this machine only, as far as the settings say. */
const isLocal = ({ PUBLIC_URL }: Settings): boolean => PUBLIC_URL === undefined || isLocalUrl(PUBLIC_URL)

/** Forgetting NODE_ENV must not open a public server, so an address that others can reach is production unless development is asked for. */
const isProduction = (env: Settings): boolean =>
  env.NODE_ENV === 'production' || (env.NODE_ENV === undefined && !isLocal(env))

const environment = z.object(settings).superRefine((env, ctx) => {
  if (env.SESSION_IDLE_SECONDS > env.SESSION_MAX_SECONDS) {
    ctx.addIssue({
      code: 'custom',
      path: ['SESSION_IDLE_SECONDS'],
      message: 'must not be longer than SESSION_MAX_SECONDS',
    })
  }
  if (env.PORT === 0 && env.PUBLIC_URL === undefined) {
    ctx.addIssue({ code: 'custom', path: ['PORT'], message: 'may be 0 (any free port) only if PUBLIC_URL is set' })
  }
  if (env.METRICS_PORT !== 0 && env.METRICS_PORT === env.PORT) {
    ctx.addIssue({ code: 'custom', path: ['METRICS_PORT'], message: 'must not be PORT' })
  }
  const crossSite = env.SPA_ORIGINS?.some((spa) => spa.crossSite)
  if (crossSite && !env.PUBLIC_URL?.startsWith('https:')) {
    const message = 'may have cross-site origins only if PUBLIC_URL is https, because browsers require it'
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message })
  }
  for (const { origin } of env.SPA_ORIGINS ?? []) {
    const below = domainOfPattern(origin)
    if (below === undefined || !isPublicSuffix(below)) continue
    const message = `may not have a pattern for hosts below ${below}, because anybody can get such a host`
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message })
  }
  if (env.COOKIE_DOMAIN !== undefined && !isCookieDomain(env.COOKIE_DOMAIN, env.PUBLIC_URL)) {
    const message = 'must be the domain of the host in PUBLIC_URL, or one above it, and PUBLIC_URL must be https'
    ctx.addIssue({ code: 'custom', path: ['COOKIE_DOMAIN'], message })
  }
  if (!isProduction(env)) return
  const before = ctx.issues.length
  if (env.SPA_ORIGINS?.some((spa) => isAnyPort(spa.origin))) {
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message: 'must name each port in production' })
  }
  if (env.SPA_ORIGINS?.some((spa) => spa.origin.startsWith('http:') && !isLocalOrigin(spa.origin))) {
    ctx.addIssue({ code: 'custom', path: ['SPA_ORIGINS'], message: 'must be https in production, except on localhost' })
  }
  const isPlain = (target: string) => target.startsWith('http:') && !isLocalUrl(target)
  if (env.LINK_TARGETS?.some(isPlain)) {
    const message = 'must be https in production, or an app, or on localhost'
    ctx.addIssue({ code: 'custom', path: ['LINK_TARGETS'], message })
  }
  for (const name of needed) {
    if (env[name] === undefined) ctx.addIssue({ code: 'custom', path: [name], message: 'must be set in production' })
  }
  if (env.PUBLIC_URL?.startsWith('http:') && !isLocalUrl(env.PUBLIC_URL)) {
    ctx.addIssue({ code: 'custom', path: ['PUBLIC_URL'], message: 'must be https in production' })
  }
  if (env.NODE_ENV === undefined && ctx.issues.length > before) {
    const message =
      'must be set to development for a development server at this PUBLIC_URL. Unset, it means production here, because ' +
      'PUBLIC_URL is https or names another machine'
    ctx.addIssue({ code: 'custom', path: ['NODE_ENV'], message })
  }
})

/** The settings are wrong. The message has a line for each wrong variable. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError'
}

/**
 * The settings, typed. Empty variables count as unset. Throws a ConfigError that names every variable that is wrong, missing, or left at
 * a development default in production.
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
  const production = isProduction(e)
  return {
    production,
    port: e.PORT,
    host: e.HOST,
    dataDir: e.DATA_DIR,
    databaseUrl: e.DATABASE_URL,
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
    shutdownGraceSeconds: e.SHUTDOWN_GRACE_SECONDS,
    hashesAtOnce: Math.max(1, Math.min(availableParallelism(), threads - spareThreads)),
    docs: e.DOCS === undefined ? !production : e.DOCS === 'on',
    logLevel: e.LOG_LEVEL,
  } as const
}

export type Config = ReturnType<typeof readConfig>
