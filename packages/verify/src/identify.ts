/** Finds the user of a request, for every framework in the same way: the token of its header or cookie, and the checks of the token. */

import { parseSpaOrigin } from '../../../src/config/spa-origins.ts'
import { AppError } from '../../../src/errors.ts'
import { createAllowedOrigins } from '../../../src/http/browser/allowed-origins.ts'
import { createCookies } from '../../../src/http/browser/cookies.ts'
import { createCsrfGate } from '../../../src/http/browser/csrf.ts'
import { bearerToken, createTokenTransport } from '../../../src/http/browser/token-transport.ts'
import type { RequestHead } from '../../../src/http/request-head.ts'
import type { Principal } from '../../../src/tokens/principal.ts'
import type { GuardOptions, Verifier, VerifyOptions } from './contract.ts'
import { createVerifier } from './create-verifier.ts'
import { createLogErrors } from './log-errors.ts'

type Warn = (about: object, text: string) => void

type Identification = {
  readonly verifier: Verifier
  /**
   * The principal of the request. Rejects with `authentication_required`, `csrf_rejected`, `two_credentials` or an error of `Verifier.verify`.
   */
  readonly identify: (request: RequestHead, how: VerifyOptions) => Promise<Principal>
}

/** Creates the verifier. Without `onError`, errors and refusals go to `warn`. Throws TypeError for invalid options. */
export function createIdentification(options: GuardOptions, warn: Warn = warnOnConsole): Identification {
  const { spaOrigins, cookieDomain, ...rest } = options
  const accessToken = spaOrigins ? fromHeaderOrCookie(rest.issuer, spaOrigins, cookieDomain) : bearerToken
  const verifier = createVerifier({ onError: createLogErrors(warn), ...rest })
  return {
    verifier,
    async identify(request, how) {
      const token = accessToken(request)
      if (token === undefined) throw new AppError('authentication_required')
      return verifier.verify(token, how)
    },
  }
}

// oxlint-disable-next-line no-console -- these frameworks have no log of their own
const warnOnConsole: Warn = (about, text) => console.warn(text, about)

function fromHeaderOrCookie(issuer: string, spaOrigins: readonly string[], cookieDomain: string | undefined) {
  const entries = spaOrigins.map((text) => {
    const entry = parseSpaOrigin(text)
    if (entry && !entry.crossSite && !entry.bearerOnly && entry.origin === text) return entry
    throw new TypeError('spaOrigins must be origins such as https://app.example.com or https://*.preview.example.com')
  })
  const gate = createCsrfGate(createAllowedOrigins(entries))
  const cookies = createCookies({ publicUrl: issuer, sameSite: 'strict', accessDomain: cookieDomain })
  return createTokenTransport({ cookies, gate }).accessToken
}
