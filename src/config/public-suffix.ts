/** Domains below which anybody can get a host, such as `co.uk` or `vercel.app` (publicsuffix.org). */
import { getPublicSuffix } from 'tldts'

/** Whether the hosts below this domain belong to different owners. */
export const isPublicSuffix = (domain: string): boolean =>
  getPublicSuffix(domain, { allowPrivateDomains: true }) === domain
