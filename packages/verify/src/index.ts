/**
 * `@countersign/verify`: other services verify Countersign's access tokens with the server's own code. This folder owns how a
 * service loads the keys and follows the revocations. The checks themselves are in tokens/ and guard/.
 */
export type { AppError as VerifyError } from '../../../src/errors.ts'
export { principalOf } from '../../../src/guard/principal.ts'
export type { SignalFor } from '../../../src/guard/signal-for.ts'
export { type RefusalReason, TokenRefusal } from '../../../src/tokens/refusal.ts'
export type { Principal } from '../../../src/tokens/verify-access-token.ts'
export { countersign, type PluginOptions } from './fastify-plugin.ts'
export { createVerifier, type Verifier, type VerifierOptions, type VerifyOptions } from './verifier.ts'
