/** The challenge of a 401 (RFC 9110 §11.6.1). */
import { type AppError, type ErrorCode, meaningOf } from '../../errors.ts'

// A request without credentials gets no error code (RFC 6750 §3.1). These codes have a counterpart in OAuth.
const bearerErrors: Partial<Record<ErrorCode, string>> = {
  invalid_token: 'invalid_token',
  token_expired: 'invalid_token',
  token_revoked: 'invalid_token',
  // RFC 9470 §3.
  reauthentication_required: 'insufficient_user_authentication',
  second_factor_required: 'insufficient_user_authentication',
}

/** The value of WWW-Authenticate for a 401. */
export function challenge({ code, maxAgeSeconds, acrValues }: AppError): string {
  // The challenge names the scheme that the client should have used (RFC 6749 §5.2).
  if (code === 'invalid_client') return 'Basic realm="countersign", charset="UTF-8"'
  const error = bearerErrors[code]
  const about = error ? [`error="${error}"`, `error_description="${meaningOf(code)}"`] : []
  const acr = acrValues === undefined ? [] : [`acr_values="${acrValues}"`]
  const age = maxAgeSeconds === undefined ? [] : [`max_age="${maxAgeSeconds}"`]
  return `Bearer ${['realm="countersign"', ...about, ...acr, ...age].join(', ')}`
}
