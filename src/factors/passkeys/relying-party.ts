/** The relying party (WebAuthn §4): the domain that passkeys belong to, and the pages and apps that may use them. */
import { createHash } from 'node:crypto'
import { passkeyPlace } from '../../config/passkey-origins.ts'
import { createAllowedOrigins } from '../../http/browser/allowed-origins.ts'

export type RelyingParty = {
  /** The RP ID: a domain. */
  readonly id: string
  /** SHA-256 of the id. Every signature covers it. */
  readonly idHash: Buffer
  readonly name: string
  /** Whether a page or an app of this origin may use passkeys here. */
  readonly allows: (origin: string) => boolean
}

type Settings = Parameters<typeof passkeyPlace>[0] & { readonly appName: string }

export function createRelyingParty(settings: Settings): RelyingParty {
  const { domain, origins } = passkeyPlace(settings)
  const allowed = createAllowedOrigins(origins.map((origin) => ({ origin, crossSite: false, bearerOnly: false })))
  return {
    id: domain,
    idHash: createHash('sha256').update(domain).digest(),
    name: settings.appName,
    allows: (origin) => allowed.find(origin) !== undefined,
  }
}
