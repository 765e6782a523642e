/**
 * `@countersign/verify`: other services verify Countersign's access tokens with the server's own code. This package owns how a
 * service loads the keys and follows the revocations. The checks themselves are in src/tokens and src/guard.
 */
export type { AppError as VerifyError } from '../../../src/errors.ts'
export type { SignalFor } from '../../../src/guard/signal-for.ts'
export type { Principal } from '../../../src/tokens/principal.ts'
export { type RefusalReason, TokenRefusal } from '../../../src/tokens/refusal.ts'
export type { Verifier, VerifierOptions, VerifyOptions } from './contract.ts'
export { createVerifier } from './create-verifier.ts'
