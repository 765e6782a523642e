/**
 * The gate in front of every unsafe request that reads or may set a cookie. A browser attaches cookies to whatever a
 * page asks for; each rule here is something that another site's page cannot bring about.
 */
import type { FastifyRequest } from 'fastify'
import type { SpaOrigin } from '../../config/setting-rules.ts'
import { AppError } from '../../errors.ts'

export type Rule = 'origin' | 'sec-fetch-site' | 'x-auth-mode' | 'content-type'
/** A rule that a request breaks, in words for the developer of the page that sent it. */
export type Violation = { readonly rule: Rule; readonly detail: string }

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** RFC 9110 §9.2.1. Routes behind these must not change anything. */
const isSafe = ({ method }: FastifyRequest) => safeMethods.has(method)

/** Whether the request asks for cookie mode. The header is one that no form can send, and fetch not without CORS. */
export const asksForCookies = ({ headers }: FastifyRequest) => headers['x-auth-mode'] === 'cookie'

/** Whether a body comes, or is still to come. */
export const hasBody = ({ headers }: FastifyRequest) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

export function createCsrfGate(origins: readonly SpaOrigin[]) {
  const find = (request: FastifyRequest) => origins.find(({ origin }) => origin === request.headers.origin)

  const checkOrigin = (request: FastifyRequest): string | undefined => {
    const { origin } = request.headers
    if (origin === undefined) return 'The request has no Origin header: cookie mode is for browsers. Use bearer mode.'
    if (!find(request)) return `The origin ${JSON.stringify(origin.slice(0, 100))} is not one of SPA_ORIGINS.`
    return undefined
  }

  const checkSite = (request: FastifyRequest): string | undefined => {
    const site = request.headers['sec-fetch-site']
    if (site === undefined || site === 'same-origin' || site === 'same-site') return undefined
    if (site === 'cross-site' && find(request)?.crossSite) return undefined
    if (site !== 'cross-site') return 'The request was not made by a page (Sec-Fetch-Site).'
    return 'The page is on another site than this server. Serve both under one site, or add " cross-site" to its origin.'
  }

  const checkMode = (request: FastifyRequest): string | undefined =>
    asksForCookies(request) ? undefined : 'Send the header "X-Auth-Mode: cookie" with every request that is not a GET.'

  const checkType = (request: FastifyRequest): string | undefined => {
    const type = request.headers['content-type']
    if (type === undefined && !hasBody(request)) return undefined
    if (type !== undefined && /^application\/json *(;|$)/i.test(type)) return undefined
    return 'Send the body as application/json.'
  }

  const rules: Readonly<Record<Rule, (request: FastifyRequest) => string | undefined>> = {
    origin: checkOrigin,
    'sec-fetch-site': checkSite,
    'x-auth-mode': checkMode,
    'content-type': checkType,
  }

  /** Every rule that the request breaks, whatever its method. */
  const violations = (request: FastifyRequest): readonly Violation[] =>
    Object.entries(rules).flatMap(([rule, check]) => {
      const detail = check(request)
      return detail === undefined ? [] : [{ rule: rule as Rule, detail }]
    })

  return {
    violations,

    /** Ends in `csrf_rejected` (403), with the first rule that an unsafe request breaks. */
    require(request: FastifyRequest): void {
      if (isSafe(request)) return
      const [first] = violations(request)
      if (first) throw new AppError('csrf_rejected', { detail: first.detail })
    },

    /** Whether the request comes from a page of another site that is served all the same. */
    isCrossSite: (request: FastifyRequest) => find(request)?.crossSite === true,
  }
}

export type CsrfGate = ReturnType<typeof createCsrfGate>
