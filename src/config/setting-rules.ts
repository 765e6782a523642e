/** The rules for settings. Each rule parses a text, or says in a sentence what the text must be. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { changedRates, type Rates } from '../limits/rate.ts'
import { parseLinkTarget } from '../mail/link-target.ts'
import { parseSpaOrigin, type SpaOrigin } from './spa-origins.ts'

/** A whole number without a default. */
export const wholeOrNone = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`)

export const whole = (min: number, max: number, fallback: number) => wholeOrNone(min, max).default(fallback)

export const domain = z
  .string()
  .regex(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*$/,
    'must be a domain such as example.com',
  )

/** Whether the host of an https address belongs to the domain, so that its browser accepts a cookie for it (RFC 6265 §5.1.3). */
export function isCookieDomain(name: string, url: string | undefined): boolean {
  const { protocol, hostname } = new URL(url ?? 'http://localhost')
  return protocol === 'https:' && `.${hostname}`.endsWith(`.${name}`)
}

/** The name goes into the subjects of mails, so it has no line break. */
export const appName = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,60}$/u, 'must be a name of at most 60 characters, on one line')

// Characters that end a value in a Content-Security-Policy are refused.
const imageAddress =
  /^https:\/\/[^\s;,'"<>\\@]{1,300}$|^data:image\/(png|jpeg|webp|svg\+xml);base64,[A-Za-z0-9+/]{1,27000}={0,2}$/

export const logo = z
  .string()
  .regex(
    imageAddress,
    'must be the https address of an image, or a base64 data: address of a png, jpeg, webp or svg image',
  )
  .refine((text) => URL.canParse(text), 'must be an address')

export const spaOrigins = z.string().transform((text, ctx): SpaOrigin[] => {
  const list = text.split(',').map(parseSpaOrigin)
  const found = list.filter((entry) => entry !== undefined)
  if (found.length === list.length && new Set(found.map(({ origin: one }) => one)).size === found.length) return found
  ctx.addIssue(
    'must be origins such as https://app.example.com, capacitor://localhost or https://*.preview.example.com, separated by ' +
      'commas, with no path and no final slash; after one, a space and the word cross-site or bearer',
  )
  return z.NEVER
})

/** Names of headers (RFC 9110 §5.1), in lower case. */
export const headerNames = z.string().transform((text, ctx): string[] => {
  const list = text.split(',').map((part) => part.trim().toLowerCase())
  if (list.every((name) => /^[a-z0-9-]{1,64}$/.test(name)) && list.length <= 50) return list
  ctx.addIssue('must be names of headers such as x-tenant, separated by commas')
  return z.NEVER
})

/** A role. It stands in tokens as it is, so it has no character that JSON must escape. */
export const roleName = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,49}$/

export const roleNames = z.string().transform((text, ctx): string[] => {
  const list = text.split(',').map((part) => part.trim())
  if (list.every((name) => roleName.test(name)) && list.length <= 50) return list
  ctx.addIssue('must be roles such as editor, separated by commas')
  return z.NEVER
})

export const linkTargets = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => parseLinkTarget(part.trim()))
  const found = list.filter((one) => one !== undefined)
  if (found.length === list.length && new Set(found).size === found.length) return found
  ctx.addIssue(
    'must be addresses such as https://app.example.com, https://app.example.com/auth or myapp://auth, separated by commas, each with a ' +
      'scheme that an app can have, and with no user name, query, fragment, wildcard or percent sign',
  )
  return z.NEVER
})

const appleAppId = /^[A-Z0-9]{10}\.[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/

export const appleAppIds = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => part.trim())
  if (list.every((id) => appleAppId.test(id) && id.length <= 200) && new Set(list).size === list.length) return list
  ctx.addIssue(
    'must be ids such as ABCDE12345.com.example.app (the ten characters of the team, and the bundle id), separated by commas',
  )
  return z.NEVER
})

const androidApp = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)+):((?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$/

/** Entries of one app are put together, because an app may be signed with several certificates. */
export const androidApps = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => androidApp.exec(part.trim()))
  const apps = new Map<string, string[]>()
  for (const [, packageName, fingerprint] of list.filter((match) => match !== null)) {
    if (packageName && fingerprint) apps.set(packageName, [...(apps.get(packageName) ?? []), fingerprint.toUpperCase()])
  }
  if (list.every((match) => match !== null))
    return [...apps].map(([packageName, fingerprints]) => ({ packageName, fingerprints }))
  ctx.addIssue(
    'must be apps such as com.example.app:14:6D:E9:…, separated by commas: the name of the package, a colon, and the SHA-256 ' +
      'fingerprint of its certificate as 32 pairs of hexadecimal digits with colons between them',
  )
  return z.NEVER
})

export const secrets = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => part.trim())
  if (list.every((secret) => secret.length >= 32) && new Set(list).size === list.length) return list
  ctx.addIssue('must be one or more different secrets of at least 32 characters, separated by commas, newest first')
  return z.NEVER
})

export const peppers = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => /^([A-Za-z0-9]{1,16}):(.{32,})$/.exec(part.trim()))
  const found = list.flatMap((match) => (match?.[1] && match[2] ? [{ id: match[1], key: match[2] }] : []))
  if (found.length === list.length && new Set(found.map((pepper) => pepper.id)).size === found.length) return found
  ctx.addIssue('must be id:key pairs with keys of at least 32 characters, separated by commas, newest first')
  return z.NEVER
})

export const serviceCredentials = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => /^([A-Za-z0-9_-]{1,32}):([\x21-\x7e]{32,256})$/.exec(part.trim()))
  const found = list.flatMap((match) => (match?.[1] && match[2] ? [{ id: match[1], secret: match[2] }] : []))
  if (found.length === list.length && new Set(found.map((service) => service.id)).size === found.length) return found
  ctx.addIssue('must be id:secret pairs with different ids and secrets of 32 to 256 visible ASCII characters')
  return z.NEVER
})

/** A network of no bits is refused: every client would be a trusted proxy, and could claim any address. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const most = { 4: 32, 6: 128 }[isIP(address)]
  if (most === undefined || rest.length > 0 || address.includes('%')) return false
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most)
}

export const trustedProxies = z.string().transform((text, ctx) => {
  const list = text.split(',').map((part) => part.trim())
  if (list.every(isNetwork)) return list
  ctx.addIssue('must be addresses or networks such as 10.0.0.0/8, separated by commas, and not the whole internet')
  return z.NEVER
})

export const rateLimits = z.string().transform((text, ctx): Rates => {
  if (text === 'off') return {}
  const rates = changedRates(text.split(',').map((part) => part.trim()))
  if (rates) return rates
  ctx.addIssue(
    'must be off, or limits such as login_account=10/3600 (count and seconds) or register=0 (off), separated by commas',
  )
  return z.NEVER
})
