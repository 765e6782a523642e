/** `countersign/verify`: Countersign's access tokens, verified in somebody else's service by the same code as at home. */
export type { AppError as VerifyError } from '../errors.ts'
export { principalOf } from '../guard/principal.ts'
export type { Principal } from '../tokens/verify-access-token.ts'
export { countersign, type PluginOptions } from './fastify-plugin.ts'
export { createVerifier, type Verifier, type VerifierOptions, type VerifyOptions } from './verifier.ts'
