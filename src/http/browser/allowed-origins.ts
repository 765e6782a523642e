/** Finds the entry of SPA_ORIGINS that allows an origin. The CSRF gate and CORS ask the same list. */
import { domainOfPattern, isAnyPort, type SpaOrigin } from '../../config/spa-origins.ts'

export type AllowedOrigins = {
  /** The entry for the value of an Origin header, or undefined. An exact entry comes before a pattern. */
  readonly find: (origin: string | undefined) => SpaOrigin | undefined
}

type Pattern = { readonly entry: SpaOrigin; readonly regex: RegExp }

const anyHostLength = 'https://*'.length
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a pattern stands for: one label of a host, or the port of this machine. */
function toPattern(entry: SpaOrigin): Pattern[] {
  const { origin } = entry
  if (domainOfPattern(origin) !== undefined) {
    const rest = escaped(origin.slice(anyHostLength))
    return [{ entry, regex: new RegExp(`^https://[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?${rest}$`) }]
  }
  if (!isAnyPort(origin)) return []
  return [{ entry, regex: new RegExp(`^${escaped(origin.slice(0, -':*'.length))}(?::\\d{1,5})?$`) }]
}

export function createAllowedOrigins(entries: readonly SpaOrigin[]): AllowedOrigins {
  const exact = new Map(entries.map((entry) => [entry.origin, entry]))
  const patterns = entries.flatMap(toPattern)
  return {
    find(origin) {
      if (origin === undefined) return undefined
      return exact.get(origin) ?? patterns.find(({ regex }) => regex.test(origin))?.entry
    },
  }
}
