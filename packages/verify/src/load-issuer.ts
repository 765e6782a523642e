/** Loads the keys of the issuer, which it finds through the issuer's metadata (RFC 8414). */
import { z } from 'zod'
import { publicPathOf } from '../../../src/config/public-url.ts'
import { get } from './get.ts'
import { jwks, toIssuerKey } from './issuer-jwks.ts'
import type { IssuerKey, Signatures } from './signatures.ts'

type Dependencies = {
  issuer: string
  /** The address of the issuer. It may differ from its name, for example inside a cluster. */
  url: string
  signatures: Signatures
}

/** What the issuer publishes, and for how long that may be kept. */
export type Loaded = {
  readonly keys: readonly IssuerKey[]
  readonly feedEndpoint: string | undefined
  readonly maxAgeMs: number
}

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url(), revocation_feed_endpoint: z.url().optional() })
const answerWithinMs = 5000
const longestAgeMs = 3600_000

/** Returns a function that loads. It rejects if the issuer cannot be reached, or if another answers. */
export function createLoadIssuer(dependencies: Dependencies): (signal?: AbortSignal) => Promise<Loaded> {
  const { issuer, url, signatures } = dependencies
  const issuerPath = publicPathOf(issuer)

  /** Replaces the issuer in an address from the metadata by `url`, so that a forged document cannot lead to another host. */
  const reach = (address: string): string => {
    const { pathname } = new URL(address)
    const rest = pathname.startsWith(`${issuerPath}/`) ? pathname.slice(issuerPath.length) : pathname
    // A path such as //other.example/jwks would be another host if it were resolved against the issuer.
    return `${url}${rest}`
  }

  return async function loadIssuer(signal) {
    // RFC 8414 §3.1 puts this path between the host and the path of the issuer. The server has the document here too, and a proxy
    // that passes on only the path of the issuer leads here.
    const about = metadata.parse((await fetchJson(`${url}/.well-known/oauth-authorization-server`, signal)).body)
    // RFC 8414 §3.3
    if (about.issuer !== issuer) throw new Error(`${url} is the issuer ${about.issuer}, not ${issuer}`)
    const { body, maxAgeMs } = await fetchJson(reach(about.jwks_uri), signal)
    const found = await Promise.all(jwks.parse(body).keys.map((member) => toIssuerKey(member, signatures)))
    const keys = found.flat()
    if (keys.length === 0) throw new Error(`${about.jwks_uri} has no key that can sign access tokens`)
    return { keys, feedEndpoint: about.revocation_feed_endpoint && reach(about.revocation_feed_endpoint), maxAgeMs }
  }
}

async function fetchJson(address: string, signal?: AbortSignal): Promise<{ body: unknown; maxAgeMs: number }> {
  const { status, headers, text } = await get(address, { withinMs: answerWithinMs, ...(signal ? { signal } : {}) })
  if (status !== 200) throw new Error(`${address} answers ${status}`)
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1] ?? '0'
  // RFC 9111 §4.2: a shared cache may have held the answer for a while, which counts.
  const seconds = Number(maxAge) - (Number(headers.get('age')) || 0)
  return { body: JSON.parse(text), maxAgeMs: Math.min(Math.max(seconds * 1000, 1000), longestAgeMs) }
}
