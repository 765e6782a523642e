import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { settings } from '../../src/config/settings.ts'
import { unknownSettings } from '../../src/config/unknown-settings.ts'
import { configMistakes } from './config-mistakes.ts'

/** The setting that a variable is taken for. */
const likely = (name: string) =>
  unknownSettings({ [name]: 'hunter2' }).map((text) => /may be (\w+)$/.exec(text)?.[1] ?? 'none')

const meant: Record<string, readonly string[]> = {
  SIGNUP: ['SIGN_UP', 'DISABLE_SIGNUP', 'COUNTERSIGN_SIGNUP', 'signup'],
  SPA_ORIGINS: ['SPA_ORIGIN', 'SPA_ORGINS', 'ORIGINS_SPA', 'CORS_ORIGINS', 'COUNTERSIGN_SPA_ORIGIN'],
  ACCESS_TOKEN_SECONDS: ['ACCESS_TOKEN_TTL', 'ACCESS_TOKEN_SECOND', 'TOKEN_ACCESS_SECONDS', 'ACCESS_TOKEN_EXPIRY'],
  PORT: ['COUNTERSIGN_PORT', 'PORTS'],
  COUNTERSIGN_SECRET: ['COUNTERSIGN_SECRETS', 'COUNTERSIGN_SECERT', 'SECRET_COUNTERSIGN', 'JWT_SECRET'],
  DATABASE_URL: ['DATABASE_URI', 'DATABSE_URL', 'DATABASEURL', 'database_url', 'DB_URL'],
  TRUSTED_PROXIES: ['TRUSTED_PROXY', 'TRUST_PROXY', 'PROXIES_TRUSTED', 'TRUSTED_PROXYS'],
  PASSWORD_PEPPERS: ['PASSWORD_PEPPER'],
  NODE_ENV: ['NODE_EVN'],
  SMTP_URL: ['SMTP_HOST', 'SMTP_PASSWORD', 'SMTP_URI'],
  MAIL_FROM: ['EMAIL_FROM', 'FROM_MAIL'],
  none: ['COUNTERSIGN_NOTHING_LIKE_IT'],
}

for (const [setting, names] of Object.entries(meant)) {
  t.test(`a variable that was meant as ${setting} is told with its likely name`, async (t) => {
    for (const name of names) t.same(likely(name), [setting], name)
  })
}

t.test('the variables of shells, orchestrators, npm, CI and libraries are passed over', async (t) => {
  const usual = [
    'HOME HOSTNAME HOSTTYPE LOGNAME PWD OLDPWD SHELL SHLVL TERM USER MAIL PATH LANG LANGUAGE TZ EDITOR DISPLAY PS1 IFS',
    'NODE_OPTIONS NODE_PATH NODE_VERSION NODE_EXTRA_CA_CERTS NODE_COMPILE_CACHE YARN_VERSION UV_THREADPOOL_SIZE APP_ENV APP_HOST',
    'npm_config_port npm_package_version NPM_CONFIG_PREFIX CI CI_JOB_ID GITHUB_TOKEN GITLAB_CI RUNNER_OS INVOCATION_ID',
    'PGHOST PGPORT PGDATABASE PGPASSWORD OTEL_SERVICE_NAME OTEL_EXPORTER_OTLP_ENDPOINT SSL_CERT_FILE HTTP_PROXY NO_PROXY',
    'KUBERNETES_PORT KUBERNETES_SERVICE_HOST COUNTERSIGN_SERVICE_HOST COUNTERSIGN_SERVICE_PORT COUNTERSIGN_SERVICE_PORT_HTTP',
    'COUNTERSIGN_PORT_3000_TCP COUNTERSIGN_PORT_3000_TCP_ADDR SMTP_PORT_25_TCP_PROTO XDG_SESSION_ID XDG_DATA_DIRS LC_ALL',
    'AWS_REGION DBUS_SESSION_BUS_ADDRESS SESSION_MANAGER NOTIFY_SOCKET LISTEN_FDS MEMORY_PRESSURE_WATCH JOURNAL_STREAM',
  ].flatMap((line) => line.split(' '))
  for (const name of [...usual, ...Object.keys(settings)]) t.same(likely(name), [], name)
  const links = { COUNTERSIGN_PORT: 'tcp://10.96.0.12:3000', SMTP_PORT: 'tcp://10.96.0.13:25' }
  t.same(unknownSettings(links), [], 'Kubernetes sets these for a service of that name')
  t.same(unknownSettings({ SIGN_UP: '', COUNTERSIGN_X: undefined }), [], 'an empty variable')
})

t.test('a sentence holds no value, and a name that could break the log has none', async (t) => {
  t.notMatch(unknownSettings({ SIGN_UP: 'hunter2', COUNTERSIGN_SECRETS: 'hunter2' }).join(), /hunter2/)
  t.same(likely('COUNTERSIGN_\n'), [])
  t.same(likely(`COUNTERSIGN_${'X'.repeat(100)}`), [])
})

t.test('the sentences are part of the config, and stand below the mistakes of settings', async (t) => {
  t.match(readConfig({ SIGN_UP: 'closed' }).unknownSettings, [/^SIGN_UP is not a setting/])
  t.match(
    configMistakes({ PORT: 'x', SPA_ORIGIN: 'y' }),
    /PORT must be .*\n {2}SPA_ORIGIN is not a setting .* SPA_ORIGINS$/,
  )
})
