/** Why a token was refused. Clients learn nothing of it; the log and the `onError` of a verifier do. */

/** The code for each reason. A code never changes its meaning. */
export const refusalReasons = {
  'longer than any token of ours': 'too_long',
  'not three segments': 'malformed',
  'no key of ours has this header': 'unknown_key',
  'signature not canonical base64url': 'malformed',
  'bad signature': 'bad_signature',
  'payload not in our form': 'malformed',
  'a claim is missing or of the wrong type': 'wrong_claims',
  'issued by another': 'wrong_issuer',
  'meant for another': 'wrong_audience',
  'lives longer than any token of its key': 'life_too_long',
  expired: 'expired',
  'issued in the future': 'issued_in_future',
  'not valid yet': 'not_valid_yet',
  revoked: 'revoked',
  'the keys are not loaded yet': 'keys_not_loaded',
  'the revocations are not loaded yet': 'revocations_not_loaded',
  'the revocations are too old': 'revocations_stale',
  'the login is too old': 'login_too_old',
  'the login has one factor': 'second_factor_missing',
} as const

export type RefusalText = keyof typeof refusalReasons
export type RefusalReason = (typeof refusalReasons)[RefusalText]

/** A refusal of a token, with a stable code. It never holds the token or a part of it. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal'
  readonly reason: RefusalReason

  constructor(text: RefusalText, options?: ErrorOptions) {
    super(text, options)
    this.reason = refusalReasons[text]
  }
}
