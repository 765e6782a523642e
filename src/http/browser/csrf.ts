/**
 * The CSRF gate. It stands in front of every unsafe request that reads or may set a cookie. A browser attaches cookies to
 * every request that a page makes, also to those of another site's page. Each rule here asks for something that such a page
 * cannot send. A server that forwards the cookies of its user passes too: it sends neither Origin nor Sec-Fetch-Site, and browsers send
 * at least one of them with every request that the gate checks.
 */
import { AppError } from '../../errors.ts'
import type { RequestHead } from '../request-head.ts'
import type { AllowedOrigins } from './allowed-origins.ts'

export type Rule = 'origin' | 'sec-fetch-site' | 'x-auth-mode' | 'content-type'
/** A rule that a request breaks, and a sentence for the developer of the page that sent it. */
export type Violation = { readonly rule: Rule; readonly detail: string }

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A page of any site may open a websocket with the cookies of its user, and may read what comes, because CORS does not apply to it. */
const isUpgrade = ({ headers }: RequestHead) => headers.upgrade !== undefined

/** RFC 9110 §9.2.1. A route with one of these methods must not change anything. */
const isSafe = (request: RequestHead) => safeMethods.has(request.method) && !isUpgrade(request)

/** Whether the request asks for cookie mode. No form can send this header, and `fetch` cannot send it across origins without CORS. */
export const asksForCookies = ({ headers }: RequestHead) => headers['x-auth-mode'] === 'cookie'

/** Whether the request asks for bearer mode. Its cookies are ignored then. */
export const asksForBearer = ({ headers }: RequestHead) => headers['x-auth-mode'] === 'bearer'

/** Whether the request has a body, arrived or still to arrive. */
export const hasBody = ({ headers }: RequestHead) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export type CsrfGate = {
  /** Every rule that the request breaks, whatever its method. */
  readonly violations: (request: RequestHead) => readonly Violation[]
  /** Ends in `csrf_rejected` (403), with the first rule that an unsafe request or an upgrade breaks. */
  readonly require: (request: RequestHead) => void
  /** Whether the request comes from a page of another site that SPA_ORIGINS allows. */
  readonly isCrossSite: (request: RequestHead) => boolean
}

export function createCsrfGate(allowed: AllowedOrigins): CsrfGate {
  const find = ({ headers }: RequestHead) => allowed.find(headers.origin)

  const checkOrigin = (request: RequestHead): string | undefined => {
    const { origin, 'sec-fetch-site': site } = request.headers
    if (origin === undefined && site === undefined) return undefined
    if (origin === undefined) return 'The request comes from a browser (Sec-Fetch-Site), but it has no Origin header.'
    const entry = find(request)
    if (!entry) return `The origin ${JSON.stringify(origin.slice(0, 100))} is not one of SPA_ORIGINS.`
    if (entry.bearerOnly) return 'Pages of this origin may use bearer mode only. Send the header "X-Auth-Mode: bearer".'
    return undefined
  }

  const checkSite = (request: RequestHead): string | undefined => {
    const site = request.headers['sec-fetch-site']
    if (site === undefined || site === 'same-origin' || site === 'same-site') return undefined
    if (site === 'cross-site' && find(request)?.crossSite) return undefined
    if (site !== 'cross-site') return 'The request was not made by a page (Sec-Fetch-Site).'
    return 'The page is on another site than this server. Serve both under one site, or add " cross-site" to its origin.'
  }

  // Browsers cannot add a header to the request of a websocket.
  const checkMode = (request: RequestHead): string | undefined =>
    asksForCookies(request) || isUpgrade(request)
      ? undefined
      : 'Send the header "X-Auth-Mode: cookie" with every request that is not a GET.'

  const checkType = (request: RequestHead): string | undefined => {
    const type = request.headers['content-type']
    if (type === undefined && !hasBody(request)) return undefined
    if (type !== undefined && /^application\/json *(;|$)/i.test(type)) return undefined
    return 'Send the body as application/json.'
  }

  const rules: Readonly<Record<Rule, (request: RequestHead) => string | undefined>> = {
    origin: checkOrigin,
    'sec-fetch-site': checkSite,
    'x-auth-mode': checkMode,
    'content-type': checkType,
  }

  const violations = (request: RequestHead): readonly Violation[] =>
    Object.entries(rules).flatMap(([rule, check]) => {
      const detail = check(request)
      return detail === undefined ? [] : [{ rule: rule as Rule, detail }]
    })

  return {
    violations,

    require(request: RequestHead): void {
      if (isSafe(request)) return
      const [first] = violations(request)
      if (first) throw new AppError('csrf_rejected', { detail: first.detail })
    },

    isCrossSite: (request: RequestHead) => find(request)?.crossSite === true,
  }
}
