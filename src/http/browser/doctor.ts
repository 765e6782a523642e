/**
 * GET /auth/doctor, in development and for this machine only. A page calls it to learn why cookie mode works there or does not. The
 * route reads nothing but the request, and answers the names of cookies without their values.
 */
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isWebOrigin, type SpaOrigin, writeSpaOrigin } from '../../config/spa-origins.ts'
import { AppError } from '../../errors.ts'
import { isDirectAndLocal } from '../direct-request.ts'
import type { App } from '../server.ts'
import type { Cookies } from './cookies.ts'
import type { CsrfGate, Rule } from './csrf.ts'
import { hasBearerToken } from './token-transport.ts'

export const doctorPath = '/auth/doctor'

const diagnosis = z
  .strictObject({
    verdict: z.string().describe('In one sentence.'),
    received: z.strictObject({
      origin: z.string().nullable(),
      sec_fetch_site: z.string().nullable(),
      sec_fetch_mode: z.string().nullable(),
      x_auth_mode: z.string().nullable(),
      authorization: z
        .boolean()
        .describe('Whether there is an Authorization header. A Bearer token in it switches cookies off.'),
      cookies: z.array(z.string()).describe('By name.'),
    }),
    same_site: z
      .boolean()
      .nullable()
      .describe('Whether page and server are on one site; null if the browser does not say.'),
    cookies_present: z.strictObject({ access: z.boolean(), refresh: z.boolean() }),
    refused_by: z.array(z.strictObject({ rule: z.string(), detail: z.string(), change: z.string() })),
  })
  .meta({ id: 'Diagnosis' })

type Dependencies = { cookies: Cookies; gate: CsrfGate; publicUrl: string; spaOrigins: readonly SpaOrigin[] }

export function doctorRoute(app: App, { cookies, gate, publicUrl, spaOrigins }: Dependencies): void {
  app.route({
    method: 'GET',
    url: doctorPath,
    schema: {
      hide: true,
      response: { 200: diagnosis },
    },
    handler: async (request) => {
      if (!isDirectAndLocal(request)) throw new AppError('not_found')
      return examine(request)
    },
  })

  function examine(request: FastifyRequest): z.infer<typeof diagnosis> {
    const header = (name: string) => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : null
    }
    const origin = header('origin')
    const site = header('sec-fetch-site')
    const [access, refresh] = [cookies.read(request, 'access'), cookies.read(request, 'refresh')]
    const present = { access: access !== undefined, refresh: refresh !== undefined }
    const doubled = access === 'doubled' || refresh === 'doubled'
    const change = changesFor(origin)
    const refused = gate.violations(request).map(({ rule, detail }) => ({ rule, detail, change: change[rule] }))
    return {
      verdict: verdictOn({
        refused: refused.length,
        token: hasBearerToken(request),
        doubled,
        cookies: present.access || present.refresh,
      }),
      received: {
        origin,
        sec_fetch_site: site,
        sec_fetch_mode: header('sec-fetch-mode'),
        x_auth_mode: header('x-auth-mode'),
        authorization: header('authorization') !== null,
        cookies: Object.keys(request.cookies),
      },
      same_site: site === null ? null : site === 'same-origin' || site === 'same-site',
      cookies_present: present,
      refused_by: refused,
    }
  }

  /** The change that mends each rule: a setting, or code for the page. */
  function changesFor(origin: string | null): Record<Rule, string> {
    const listing = (entry: string) => {
      const others = spaOrigins.filter((known) => known.origin !== origin)
      return `SPA_ORIGINS="${[...others.map(writeSpaOrigin), entry].join(',')}"`
    }
    const move = `Serve the page under the site of ${publicUrl}`
    const letIn = publicUrl.startsWith('https:')
      ? `set ${listing(`${origin} cross-site`)}`
      : 'serve this server on https'
    return {
      origin: noListing(origin) ?? listing(origin ?? ''),
      'sec-fetch-site': noListing(origin) ?? `${move}, or ${letIn}`,
      'x-auth-mode': "fetch(url, { credentials: 'include', headers: { 'X-Auth-Mode': 'cookie' } })",
      'content-type': "fetch(url, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(…) })",
    }
  }
}

/** Another way, for an origin that cannot be listed. */
function noListing(origin: string | null): string | undefined {
  if (origin === null) return 'Call this from the page, with fetch. Only then does the browser send the origin.'
  if (!isWebOrigin(origin)) return 'Only pages on http or https can use cookie mode. Use bearer mode here.'
  return undefined
}

function verdictOn(seen: { refused: number; token: boolean; doubled: boolean; cookies: boolean }): string {
  if (seen.token) return 'There is a Bearer token in the Authorization header. It switches cookies off.'
  if (seen.doubled) return 'A cookie came twice. Another host of your domain planted one of them, so both are refused.'
  if (seen.refused > 0) return 'The server refuses requests like this, other than GET. See refused_by.'
  if (seen.cookies) return 'All is well. The cookies arrive, and the server accepts requests like this.'
  return "The server accepts requests like this, but no cookie came. Log in first, with credentials: 'include' on every fetch."
}
