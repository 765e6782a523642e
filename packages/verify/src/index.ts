/**
 * `@countersign/verify`: other services verify Countersign's access tokens with the server's own code. This package owns how a
 * service loads the keys and follows the revocations. The checks themselves are in src/tokens and src/guard.
 */
export type { AppError as VerifyError } from '../../../src/errors.ts'
export type { SignalFor } from '../../../src/guard/signal-for.ts'
export { type RefusalReason, TokenRefusal } from '../../../src/tokens/refusal.ts'
export type { Principal } from '../../../src/tokens/verify-access-token.ts'
export { createVerifier } from './create-verifier.ts'
export type { Verifier } from './verifier.ts'
export type { VerifierOptions, VerifyOptions } from './verifier-options.ts'
