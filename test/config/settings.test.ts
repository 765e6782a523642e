/** Every setting: its member of the config, and the limits of its values. */
import t from 'tap'
import { type Config, readConfig } from '../../src/config/config.ts'
import { settings } from '../../src/config/settings.ts'
import { configMistakes } from './config-mistakes.ts'

const secret = 's'.repeat(32)
const fingerprint = Array.from({ length: 32 }, () => 'A1').join(':')

/** A value other than the default, the members of the config that it changes, and other settings that it needs. */
const values: Record<
  keyof typeof settings,
  [text: string, members: Partial<Record<keyof Config, unknown>>, beside?: Record<string, string>]
> = {
  NODE_ENV: ['development', { production: false }],
  PORT: [
    '3001',
    { port: 3001, publicUrl: 'http://localhost:3001', audience: 'http://localhost:3001', appName: 'localhost:3001' },
  ],
  HOST: ['127.0.0.2', { host: '127.0.0.2' }],
  DATA_DIR: ['elsewhere', { dataDir: 'elsewhere' }],
  DATABASE_URL: ['postgresql://db/auth', { databaseUrl: 'postgresql://db/auth' }],
  DATABASE_POOL_SIZE: ['5', { databaseParameters: { poolSize: 5, schema: undefined } }],
  DATABASE_SCHEMA: ['auth', { databaseParameters: { schema: 'auth', poolSize: undefined } }],
  MIGRATE_ON_START: ['off', { migrateOnStart: false }, { DATABASE_URL: 'postgresql://db/auth' }],
  COUNTERSIGN_SECRET: [secret, { secrets: [secret] }],
  PUBLIC_URL: [
    'http://auth.localhost',
    { publicUrl: 'http://auth.localhost', audience: 'http://auth.localhost', appName: 'auth.localhost' },
  ],
  AUDIENCE: ['shop', { audience: 'shop' }],
  SPA_ORIGINS: [
    'https://app.example',
    { spaOrigins: [{ origin: 'https://app.example', crossSite: false, bearerOnly: false }] },
  ],
  CORS_HEADERS: ['X-Tenant, x-b', { corsHeaders: ['x-tenant', 'x-b'] }],
  HSTS: ['max-age=60', { hsts: 'max-age=60' }, { NODE_ENV: 'development', PUBLIC_URL: 'https://auth.example.com' }],
  COOKIE_SAMESITE: ['lax', { cookieSameSite: 'lax' }],
  COOKIE_DOMAIN: [
    'example.com',
    { cookieDomain: 'example.com' },
    { NODE_ENV: 'development', PUBLIC_URL: 'https://auth.example.com' },
  ],
  SIGNING_ALG: ['EdDSA', { signingAlg: 'EdDSA' }],
  SIGNING_KEY_DAYS: ['7', { signingKeyDays: 7 }],
  JWKS_MAX_AGE_SECONDS: ['60', { jwksMaxAgeSeconds: 60 }],
  ACCESS_TOKEN_SECONDS: ['60', { accessTokenSeconds: 60 }],
  TOKEN_CACHE_ENTRIES: ['5', { tokenCacheEntries: 5 }],
  REFRESH_LEEWAY_SECONDS: ['3', { refreshLeewaySeconds: 3 }],
  REFRESH_FORK_SECONDS: ['0', { refreshForkSeconds: 0 }],
  SESSION_IDLE_SECONDS: ['3600', { sessionLives: { idleSeconds: 3600, browserSeconds: 3600 } }],
  SESSION_BROWSER_SECONDS: ['3600', { sessionLives: { idleSeconds: 30 * 86_400, browserSeconds: 3600 } }],
  SESSION_MAX_SECONDS: ['2592001', { sessionMaxSeconds: 2_592_001, refreshForkSeconds: 2_592_001 }],
  SESSIONS_PER_USER: ['5', { sessionsPerUser: 5 }],
  REAUTHENTICATION_SECONDS: ['60', { reauthenticationSeconds: 60 }],
  PASSWORD_PEPPERS: [`1:${secret}`, { passwordPeppers: [{ id: '1', key: secret }] }],
  PASSWORD_MIN_LENGTH: ['15', { passwordMinLength: 15 }],
  BCRYPT_COST: ['11', { bcryptCost: 11 }],
  FACTORS_REQUIRED: ['always', { factorsRequired: 'always' }],
  FACTORS_REQUIRED_ROLES: ['editor, it', { factorsRequiredRoles: ['editor', 'it'] }],
  TRUST_DEVICE_DAYS: ['30', { trustDeviceDays: 30 }],
  ADMIN_RESET_NEEDS_TWO: ['on', { adminResetNeedsTwo: true }],
  SERVICE_CREDENTIALS: [`shop:${secret}`, { serviceCredentials: [{ id: 'shop', secret }], metrics: true }],
  WAITS_PER_SERVICE: ['2', { waitsPerService: 2 }],
  REVOCATION_LISTEN: ['off', { revocationListen: false }],
  REVOCATION_STALE: ['closed', { revocationStale: 'closed' }],
  SIGNUP: ['closed', { signup: 'closed' }],
  APP_URL: ['https://app.example', { appUrl: 'https://app.example' }],
  APP_NAME: ['Example', { appName: 'Example' }],
  APP_LOGO: ['https://cdn.example/logo.svg', { appLogo: 'https://cdn.example/logo.svg' }],
  LINK_TARGETS: [
    'https://app.example/auth,myapp://auth',
    { linkTargets: ['https://app.example/auth', 'myapp://auth'] },
  ],
  APPLE_APP_IDS: ['ABCDE12345.com.example.app', { appleAppIds: ['ABCDE12345.com.example.app'] }],
  ANDROID_APPS: [
    `com.example.app:${fingerprint}`,
    { androidApps: [{ packageName: 'com.example.app', fingerprints: [fingerprint] }] },
  ],
  TOTP_ISSUER: ['Example', { totpIssuer: 'Example' }],
  PASSKEY_DOMAIN: [
    'example.com',
    { passkeyDomain: 'example.com' },
    { NODE_ENV: 'development', PUBLIC_URL: 'https://auth.example.com' },
  ],
  PASSKEY_ORIGINS: ['http://localhost:5173', { passkeyOrigins: ['http://localhost:5173'] }],
  SMTP_URL: ['smtp://mail.example', { smtpUrl: 'smtp://mail.example' }],
  SMTP_TLS: ['optional', { smtpRequiresTls: false }],
  MAIL_FROM: ['a@example.com', { mailFrom: 'a@example.com' }],
  EMAIL_VERIFICATION_SECONDS: ['600', { emailVerificationSeconds: 600 }],
  PASSWORD_RESET_SECONDS: ['60', { passwordResetSeconds: 60 }],
  TRUSTED_PROXIES: ['10.0.0.0/8', { trustedProxies: ['10.0.0.0/8'] }],
  CONNECTIONS_PER_ADDRESS: ['20', { connectionsPerAddress: 20 }],
  RATE_LIMITS: ['off', { rates: {} }],
  REDIS_URL: ['redis://redis.example', { redisUrl: 'redis://redis.example' }],
  AUDIT_DAYS: ['30', { auditDays: 30 }],
  METRICS_PORT: ['9100', { metricsPort: 9100, metrics: true }],
  REUSE_PORT: ['on', { reusePort: true }],
  SHUTDOWN_GRACE_SECONDS: ['2', { shutdownGraceSeconds: 2 }],
  DOCS: ['off', { docs: false }],
  LOG_LEVEL: ['debug', { logLevel: 'debug' }],
  LOG_ADDRESSES: ['on', { logAddresses: true }],
}

for (const [name, [text, members, beside = {}]] of Object.entries(values)) {
  t.test(`${name} changes its members of the config, and no others`, async (t) => {
    t.same(readConfig({ ...beside, [name]: text }), { ...readConfig(beside), ...members })
  })
}

t.test('every setting has a row here', async (t) => {
  t.same(Object.keys(values).toSorted(), Object.keys(settings).toSorted())
})

t.test('in production the config says so', async (t) => {
  const names = ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'] as const
  const needed = Object.fromEntries(names.map((name) => [name, values[name][0]]))
  const { production, spaOrigins } = readConfig({ ...needed, NODE_ENV: 'production' })
  t.same({ production, spaOrigins }, { production: true, spaOrigins: [] })
})

t.test('a mail server on this machine needs no TLS', async (t) => {
  const requiresTls = (url: string) => readConfig({ SMTP_URL: url }).smtpRequiresTls
  for (const url of ['smtp://localhost', 'smtp://127.0.0.1:2525', 'smtp://[::1]', 'smtp://user:secret@localhost:25'])
    t.equal(requiresTls(url), false, url)
  for (const url of [
    'smtp://mail.example',
    'smtp://localhost@mail.example',
    'smtp://127.0.0.1.example',
    'smtp://10.0.0.1',
  ])
    t.equal(requiresTls(url), true, url)
})

const limits: Partial<Record<keyof typeof settings, [min: number, max: number]>> = {
  PORT: [1, 65_535],
  SIGNING_KEY_DAYS: [1, 365],
  JWKS_MAX_AGE_SECONDS: [1, 86_400],
  ACCESS_TOKEN_SECONDS: [5, 3600],
  TOKEN_CACHE_ENTRIES: [0, 1_000_000],
  REFRESH_LEEWAY_SECONDS: [0, 86_400],
  REFRESH_FORK_SECONDS: [0, 3650 * 86_400],
  SESSION_IDLE_SECONDS: [60, 400 * 86_400],
  SESSION_BROWSER_SECONDS: [60, 400 * 86_400],
  SESSION_MAX_SECONDS: [60, 3650 * 86_400],
  SESSIONS_PER_USER: [1, 10_000],
  REAUTHENTICATION_SECONDS: [30, 86_400],
  PASSWORD_MIN_LENGTH: [8, 128],
  BCRYPT_COST: [10, 16],
  EMAIL_VERIFICATION_SECONDS: [300, 7 * 86_400],
  PASSWORD_RESET_SECONDS: [60, 86_400],
  CONNECTIONS_PER_ADDRESS: [0, 10_000],
  WAITS_PER_SERVICE: [1, 10_000],
  AUDIT_DAYS: [1, 3650],
  METRICS_PORT: [0, 65_535],
  SHUTDOWN_GRACE_SECONDS: [0, 5],
}
// Each accepts the other's limit only with these.
const together: Record<string, Record<string, string>> = {
  SESSION_IDLE_SECONDS: { SESSION_MAX_SECONDS: String(3650 * 86_400) },
  SESSION_MAX_SECONDS: { SESSION_IDLE_SECONDS: '60' },
}

for (const [name, [min, max]] of Object.entries(limits)) {
  t.test(`${name} is a whole number from ${min} to ${max}`, async (t) => {
    const mistakes = (value: number | string) => configMistakes({ ...together[name], [name]: String(value) })
    for (const value of [min, max]) t.equal(mistakes(value), '', String(value))
    for (const value of [min - 1, max + 1, `${min}.0`, `+${min}`, `0x${min}`, ` ${min}`]) {
      t.match(mistakes(value), `${name} m`, String(value))
    }
  })
}
