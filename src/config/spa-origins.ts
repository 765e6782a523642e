/**
 * The entries of SPA_ORIGINS: the origins whose pages may call this server. An entry is the text that a browser sends in `Origin`, or a
 * pattern with one `*` for the first label of a host or for the port of this machine.
 */
import { isLocalOrigin } from './localhost.ts'
import { parseUrl } from './parse-url.ts'

export type SpaOrigin = {
  readonly origin: string
  /** Its pages are on another site than this server's. */
  readonly crossSite: boolean
  /** Its pages may use CORS without credentials, and no cookie mode. */
  readonly bearerOnly: boolean
}

const longest = 200

/** Whether the text is exactly the origin that a browser sends for a page on http or https. */
export function isWebOrigin(text: string): boolean {
  const url = parseUrl(text)
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !url.hostname.includes('*')
}

// Apps in a native shell, and browser extensions, have a scheme of their own. A page from a file sends `null`, or `file://` on Android.
const nativeOrigin = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]*(?::\d{1,5})?$/
const webSchemes = new Set(['http', 'https', 'ws', 'wss', 'ftp', 'javascript', 'data', 'blob', 'about', 'filesystem'])

export function isNativeOrigin(text: string): boolean {
  const scheme = nativeOrigin.exec(text)?.[1]
  return text === 'null' || (scheme !== undefined && !webSchemes.has(scheme))
}

const anyHost = /^https:\/\/\*\.(?=[a-z0-9-]+\.)/
const anyPort = /:\*$/

/** The domain below which the pattern `https://*.preview.example.com` allows hosts, or undefined for other entries. */
export const domainOfPattern = (origin: string): string | undefined =>
  anyHost.test(origin) ? new URL(origin.replace(anyHost, 'https://')).hostname : undefined

/** Whether the entry is such as `http://localhost:*`. */
export const isAnyPort = (origin: string): boolean => anyPort.test(origin)

function isPattern(text: string): boolean {
  if (anyHost.test(text)) return isWebOrigin(text.replace(anyHost, 'https://'))
  return isAnyPort(text) && isLocalOrigin(text.replace(anyPort, ''))
}

/** An entry of the list, or undefined if the text is none. */
export function parseSpaOrigin(text: string): SpaOrigin | undefined {
  const [, origin, word] = /^(\S+)(?: (cross-site|bearer))?$/.exec(text.trim()) ?? []
  if (origin === undefined || origin.length > longest) return undefined
  const crossSite = word === 'cross-site'
  if (isNativeOrigin(origin)) return crossSite ? undefined : { origin, crossSite, bearerOnly: true }
  if (!isWebOrigin(origin) && !isPattern(origin)) return undefined
  return { origin, crossSite, bearerOnly: word === 'bearer' }
}

/** The entry as it stands in the setting. */
export function writeSpaOrigin({ origin, crossSite, bearerOnly }: SpaOrigin): string {
  if (crossSite) return `${origin} cross-site`
  return bearerOnly && !isNativeOrigin(origin) ? `${origin} bearer` : origin
}
