/** Finds variables that were meant as settings, and are none: a typo, another word for the same, or the name of another product. */
import { settings } from './settings.ts'

const known = Object.keys(settings)
const longestName = 64

/** Names in other products, and other words for one setting. */
const otherNames: Readonly<Record<string, string>> = {
  ACCESS_TOKEN_LIFESPAN: 'ACCESS_TOKEN_SECONDS',
  JWT_EXP: 'ACCESS_TOKEN_SECONDS',
  JWT_EXPIRES_IN: 'ACCESS_TOKEN_SECONDS',
  JWT_SECRET: 'COUNTERSIGN_SECRET',
  AUTH_SECRET: 'COUNTERSIGN_SECRET',
  SERVER_SECRET: 'COUNTERSIGN_SECRET',
  ALLOWED_ORIGINS: 'SPA_ORIGINS',
  CORS_ALLOWED_ORIGINS: 'SPA_ORIGINS',
  CORS_ORIGINS: 'SPA_ORIGINS',
  BASE_URL: 'PUBLIC_URL',
  ISSUER: 'PUBLIC_URL',
  ISSUER_URL: 'PUBLIC_URL',
  SITE_URL: 'PUBLIC_URL',
  DB_URL: 'DATABASE_URL',
  POSTGRES_URL: 'DATABASE_URL',
  DISABLE_SIGNUP: 'SIGNUP',
  ALLOW_SIGNUP: 'SIGNUP',
  SMTP_FROM: 'MAIL_FROM',
  SMTP_HOST: 'SMTP_URL',
  SMTP_PASS: 'SMTP_URL',
  SMTP_PASSWORD: 'SMTP_URL',
  SMTP_PORT: 'SMTP_URL',
  SMTP_USER: 'SMTP_URL',
  TRUST_PROXY: 'TRUSTED_PROXIES',
}

// Words that settings of other products use for ours.
const otherWords: Readonly<Record<string, string>> = {
  TTL: 'SECOND',
  SEC: 'SECOND',
  EXPIRE: 'SECOND',
  EXPIRY: 'SECOND',
  EXPIRATION: 'SECOND',
  LIFETIME: 'SECOND',
  URI: 'URL',
  PROXIE: 'PROXY',
  SAME: 'SAMESITE',
}

/** The words of a name in the singular, and in one vocabulary. */
const wordsOf = (name: string): string[] =>
  name
    .split('_')
    .filter((word) => word !== '')
    .map((word) => (/[^S]S$/.test(word) && word.length > 3 ? word.slice(0, -1) : word))
    .map((word) => otherWords[word] ?? word)

/** The same text for names whose words are joined, or stand in another order. */
const joined = (name: string) => wordsOf(name).join('')
const sorted = (name: string) => wordsOf(name).toSorted().join('_')

/** Variables that a shell, an orchestrator or a library sets. Kubernetes makes some of the name of every service. */
const ofOthers =
  /^(?:npm_|NPM_|PG[A-Z]|OTEL_|KUBERNETES_|GITHUB_|GITLAB_|CI_|RUNNER_|LC_|XDG_|AWS_)|_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_|$)/
const ofServiceLinks = /^(?:tcp|udp|sctp):\/\//

/** The steps between two texts: a character more, less, changed, or exchanged with the next. More than two steps are three. */
function steps(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  const at = (row: readonly number[] | undefined, column: number) => row?.[column] ?? 3
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = at(rows[i - 1], j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const exchange = isExchange ? at(rows[i - 2], j - 2) + 1 : 3
      row.push(Math.min(change, exchange, at(row, j - 1) + 1, at(rows[i - 1], j) + 1))
    }
    rows.push(row)
  }
  return Math.min(3, at(rows[a.length], b.length))
}

/** The setting that this name is nearest to, if a typo explains the difference. A short name must differ by one character only. */
function withTypo(name: string): string | undefined {
  if (name.length < 6) return undefined
  const near = known
    .map((setting) => ({ setting, distance: steps(name, setting) }))
    .filter(({ setting, distance }) => distance <= (setting.length < 10 ? 1 : 2))
  return near.toSorted((a, b) => a.distance - b.distance)[0]?.setting
}

const likelySetting = (name: string): string | undefined =>
  otherNames[name] ??
  known.find((setting) => setting === name || joined(setting) === joined(name) || sorted(setting) === sorted(name)) ??
  withTypo(name)

/**
 * A sentence for each variable that looks like a setting and is none. It holds the name, and the likely setting, and never a value.
 * Variables that a shell, an orchestrator, npm, CI, Postgres or OpenTelemetry knows have no sentence.
 */
export function unknownSettings(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (value === '' || name in settings || name.length > longestName || !/^[A-Za-z]\w*$/.test(name)) return []
    if (ofOthers.test(name) || ofServiceLinks.test(value)) return []
    const isOurs = /^COUNTERSIGN_/i.test(name)
    const upper = name.toUpperCase()
    const likely = likelySetting(upper) ?? (isOurs ? likelySetting(upper.slice('COUNTERSIGN_'.length)) : undefined)
    if (likely !== undefined) return [`${name} is not a setting and is ignored. The setting may be ${likely}`]
    return isOurs ? [`${name} is not a setting and is ignored`] : []
  })
}
