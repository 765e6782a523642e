/**
 * The domain of the passkeys, and the origins of the pages and apps that may use them. Browsers offer a passkey to pages at or below its
 * domain, and to related origins that `https://DOMAIN/.well-known/webauthn` lists (WebAuthn §5.11).
 */
import { isIP } from 'node:net'
import { getDomainWithoutSuffix } from 'tldts'
import { isLocalOrigin } from './localhost.ts'
import { isPublicSuffix } from './public-suffix.ts'
import { domainOfPattern, isAnyPort, isWebOrigin, parseSpaOrigin, type SpaOrigin } from './spa-origins.ts'

/** The origin of an Android app: the SHA-256 of its certificate in base64url. */
const androidOrigin = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/

/** An entry of PASSKEY_ORIGINS, or undefined if the text is none. */
export function parsePasskeyOrigin(text: string): string | undefined {
  const entry = text.trim()
  if (androidOrigin.test(entry)) return entry
  const page = /\s/.test(entry) ? undefined : parseSpaOrigin(entry)
  return page && isPage(page.origin) ? page.origin : undefined
}

/** Whether the entry stands for pages on http or https. */
const isPage = (entry: string) => isWebOrigin(entry) || domainOfPattern(entry) !== undefined || isAnyPort(entry)

/** The host of the pages, or the domain that all of them are below. */
const hostOf = (entry: string) => domainOfPattern(entry) ?? new URL(entry.replace(/:\*$/, '')).hostname

/** Whether a browser offers passkeys of the domain to pages of the entry without asking for related origins. */
const isWithin = (entry: string, domain: string) => `.${hostOf(entry)}`.endsWith(`.${domain}`)

type Asked = {
  /** PASSKEY_DOMAIN and PASSKEY_ORIGINS. */
  readonly passkeyDomain: string | undefined
  readonly passkeyOrigins: readonly string[] | undefined
  readonly publicUrl: string
  readonly appUrl: string | undefined
  readonly spaOrigins: readonly SpaOrigin[]
  readonly appleAppIds: readonly string[]
  readonly androidApps: readonly { readonly fingerprints: readonly string[] }[]
}
export type PasskeyPlace = { readonly domain: string; readonly origins: readonly string[] }

const androidOriginOf = (fingerprint: string) =>
  `android:apk-key-hash:${Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')}`

/** The domain and the origins in force. Without settings of their own, they follow from the addresses and apps of the server. */
export function passkeyPlace({ passkeyDomain, passkeyOrigins, publicUrl, appUrl, ...from }: Asked): PasskeyPlace {
  const domain = passkeyDomain ?? new URL(appUrl ?? publicUrl).hostname
  if (passkeyOrigins) return { domain, origins: passkeyOrigins }
  const pages = from.spaOrigins.map(({ origin }) => origin).filter(isPage)
  const addresses = [publicUrl, ...(appUrl === undefined ? [] : [appUrl])].map((url) => new URL(url).origin)
  // An iOS app has the origin of the domain that it is associated with.
  const ios = from.appleAppIds.length > 0 ? [`https://${domain}`] : []
  const android = from.androidApps.flatMap(({ fingerprints }) => fingerprints.map(androidOriginOf))
  return { domain, origins: [...new Set([...addresses, ...pages, ...ios, ...android])] }
}

/** The related origins, for `/.well-known/webauthn`. */
export const relatedOrigins = ({ domain, origins }: PasskeyPlace): readonly string[] =>
  origins.filter((entry) => isWebOrigin(entry) && entry.startsWith('https:') && !isWithin(entry, domain))

/** WebAuthn §5.11.1: browsers read at least so many, and usually no more. */
const mostLabels = 5

/** Why passkeys of this domain cannot be used at these origins, as phrases that follow the name of a setting. */
export function passkeyMistakes({ domain, origins }: PasskeyPlace): readonly string[] {
  const pages = origins.filter(isPage)
  const outside = pages.filter((entry) => !isWithin(entry, domain))
  const labels = new Set(outside.map((entry) => getDomainWithoutSuffix(hostOf(entry), { allowPrivateDomains: true })))
  return [
    ...(pages.some((entry) => entry.startsWith('http:') && !isLocalOrigin(entry.replace(/:\*$/, '')))
      ? ['must be https, except on localhost, because browsers have passkeys on secure pages only']
      : []),
    ...(pages.length > 0 && pages.length === outside.length
      ? [`must have an origin whose host is ${domain} or below it, because passkeys belong to that domain`]
      : []),
    ...(outside.some((entry) => !isWebOrigin(entry) || entry.startsWith('http:'))
      ? [
          `may have patterns and http only at or below ${domain}, because browsers want to know each related origin by name`,
        ]
      : []),
    ...(labels.size > mostLabels
      ? [`may have related origins of ${mostLabels} names at most, because browsers read no more of them`]
      : []),
  ]
}

/** Whether passkeys may belong to the domain: one owner has all hosts below it, and it is no address. */
export const isPasskeyDomain = (text: string): boolean => !isIP(text) && (text === 'localhost' || !isPublicSuffix(text))
