/** The rules between settings. Each applies where every setting that it reads is good by itself, so all mistakes are told at once. */
import type { z } from 'zod'
import { isLocalOrigin, isLocalUrl } from './localhost.ts'
import { passkeyMistakes, passkeyPlace } from './passkey-origins.ts'
import { isPublicSuffix } from './public-suffix.ts'
import { isCookieDomain } from './setting-rules.ts'
import type { settings } from './settings.ts'
import { domainOfPattern, isAnyPort } from './spa-origins.ts'

export type SettingName = keyof typeof settings
export type Settings = z.output<z.ZodObject<typeof settings>>
/** A mistake in a setting. The message is a phrase that follows its name. */
export type Mistake = { readonly name: SettingName; readonly message: string }

type Rule = {
  /** The setting that is named, and those that the rule reads besides. */
  readonly names: readonly [SettingName, ...SettingName[]]
  readonly message: string
  readonly isBroken: (env: Settings) => boolean | undefined
}

/** Whether clients reach the server on this machine only, as far as the settings say. */
export const isLocal = ({ PUBLIC_URL }: Settings): boolean => PUBLIC_URL === undefined || isLocalUrl(PUBLIC_URL)

/** Forgetting NODE_ENV must not open a public server, so an address that others can reach is production unless development is asked for. */
export const isProduction = (env: Settings): boolean =>
  env.NODE_ENV === 'production' || (env.NODE_ENV === undefined && !isLocal(env))

const rules: readonly Rule[] = [
  {
    names: ['SESSION_IDLE_SECONDS', 'SESSION_MAX_SECONDS'],
    message: 'must not be longer than SESSION_MAX_SECONDS',
    isBroken: (env) => env.SESSION_IDLE_SECONDS > env.SESSION_MAX_SECONDS,
  },
  {
    names: ['PORT', 'PUBLIC_URL'],
    message: 'may be 0 (any free port) only if PUBLIC_URL is set',
    isBroken: (env) => env.PORT === 0 && env.PUBLIC_URL === undefined,
  },
  {
    names: ['METRICS_PORT', 'PORT'],
    message: 'must not be PORT',
    isBroken: (env) => env.METRICS_PORT !== 0 && env.METRICS_PORT === env.PORT,
  },
  {
    names: ['MIGRATE_ON_START', 'DATABASE_URL'],
    message: 'may be off only if DATABASE_URL is set, because nothing else migrates the embedded database',
    isBroken: (env) => env.MIGRATE_ON_START === 'off' && env.DATABASE_URL === undefined,
  },
  {
    names: ['SPA_ORIGINS', 'PUBLIC_URL'],
    message: 'may have cross-site origins only if PUBLIC_URL is https, because browsers require it',
    isBroken: (env) => env.SPA_ORIGINS?.some((spa) => spa.crossSite) && !env.PUBLIC_URL?.startsWith('https:'),
  },
  {
    names: ['COOKIE_DOMAIN', 'PUBLIC_URL'],
    message: 'must be the domain of the host in PUBLIC_URL, or one above it, and PUBLIC_URL must be https',
    isBroken: (env) => env.COOKIE_DOMAIN !== undefined && !isCookieDomain(env.COOKIE_DOMAIN, env.PUBLIC_URL),
  },
]

const isPlain = (target: string) => target.startsWith('http:') && !isLocalUrl(target)
const needed = ['DATABASE_URL', 'COUNTERSIGN_SECRET', 'PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'] as const

const productionRules: readonly Rule[] = [
  {
    names: ['SPA_ORIGINS'],
    message: 'must name each port in production',
    isBroken: (env) => env.SPA_ORIGINS?.some((spa) => isAnyPort(spa.origin)),
  },
  {
    names: ['SPA_ORIGINS'],
    message: 'must be https in production, except on localhost',
    isBroken: (env) => env.SPA_ORIGINS?.some((spa) => spa.origin.startsWith('http:') && !isLocalOrigin(spa.origin)),
  },
  {
    names: ['LINK_TARGETS'],
    message: 'must be https in production, or an app, or on localhost',
    isBroken: (env) => env.LINK_TARGETS?.some(isPlain),
  },
  ...needed.map(
    (name): Rule => ({
      names: [name],
      message: 'must be set in production',
      isBroken: (env) => env[name] === undefined,
    }),
  ),
  {
    names: ['PUBLIC_URL'],
    message: 'must be https in production',
    isBroken: (env) => env.PUBLIC_URL !== undefined && isPlain(env.PUBLIC_URL),
  },
]

/**
 * Every rule that the settings break. `bad` are the settings that are wrong by themselves; they stand as unset in `env`. A rule that reads
 * one of them is left out.
 */
export function settingConflicts(env: Settings, bad: ReadonlySet<string>): Mistake[] {
  const broken = (list: readonly Rule[]): Mistake[] =>
    list
      .filter(({ names, isBroken }) => !names.some((name) => bad.has(name)) && isBroken(env))
      .map(({ names, message }) => ({ name: names[0], message }))

  const always = [...broken(rules), ...openSuffixes(env), ...passkeyConflicts(env, bad)]
  // A PUBLIC_URL that cannot be read could be that of this machine.
  const knowsStage = !bad.has('NODE_ENV') && (env.NODE_ENV !== undefined || !bad.has('PUBLIC_URL'))
  const ofProduction = knowsStage && isProduction(env) ? broken(productionRules) : []
  if (env.NODE_ENV !== undefined || ofProduction.length === 0) return [...always, ...ofProduction]
  const message =
    'must be set to development for a development server at this PUBLIC_URL. Unset, it means production here, because ' +
    'PUBLIC_URL is https or names another machine'
  return [...always, ...ofProduction, { name: 'NODE_ENV', message }]
}

function openSuffixes({ SPA_ORIGINS = [] }: Settings): Mistake[] {
  const suffixes = SPA_ORIGINS.map(({ origin }) => domainOfPattern(origin)).filter((below) => below !== undefined)
  return suffixes.filter(isPublicSuffix).map((below) => ({
    name: 'SPA_ORIGINS',
    message: `may not have a pattern for hosts below ${below}, because anybody can get such a host`,
  }))
}

/** Only a setting of the operator can be a mistake. If the addresses of a server cannot have passkeys, it works without them. */
function passkeyConflicts(env: Settings, bad: ReadonlySet<string>): Mistake[] {
  const { PASSKEY_DOMAIN: passkeyDomain, PASSKEY_ORIGINS: passkeyOrigins } = env
  const read = ['PASSKEY_DOMAIN', 'PASSKEY_ORIGINS', 'APP_URL', 'PUBLIC_URL', 'SPA_ORIGINS']
  if (read.some((one) => bad.has(one)) || !(passkeyDomain || passkeyOrigins)) return []
  const place = passkeyPlace({
    passkeyDomain,
    passkeyOrigins,
    publicUrl: env.PUBLIC_URL ?? 'http://localhost',
    appUrl: env.APP_URL,
    spaOrigins: env.SPA_ORIGINS ?? [],
    appleAppIds: [],
    androidApps: [],
  })
  const name = passkeyOrigins ? 'PASSKEY_ORIGINS' : 'PASSKEY_DOMAIN'
  return passkeyMistakes(place).map((message) => ({ name, message }))
}
