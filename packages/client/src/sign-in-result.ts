/** What an app gets of the answer to a sign-in. It has no tokens. */
import type { CookieSession, FactorRequired as Owed, TokenPair } from './api/types.ts'
import type { FactorRequired, SignedIn, SignInResult } from './contract.ts'

/** The answer that has the tokens, in its body or in cookies. */
export type Tokens = (TokenPair | CookieSession) & { recovery_codes?: string[] }
/** The answer of every route that may sign in. */
export type SignInAnswer = Tokens | Owed

export function signedInOf({ user, session_id, verification_id, recovery_codes }: Tokens): SignedIn {
  return {
    status: 'signed_in',
    user,
    sessionId: session_id,
    ...(verification_id && { verificationId: verification_id }),
    ...(recovery_codes && { recoveryCodes: recovery_codes }),
  }
}

function owedOf({ expires_in, verification_id, ...shown }: Owed): FactorRequired {
  return { ...shown, expiresIn: expires_in, ...(verification_id && { verificationId: verification_id }) }
}

export const resultOf = (answer: SignInAnswer): SignInResult =>
  answer.status === 'signed_in' ? signedInOf(answer) : owedOf(answer)
