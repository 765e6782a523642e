import type { CreateVerifier } from './contract.ts'
import { signatures } from './runtime-signatures.ts'
import { createVerifierWith } from './verifier.ts'

/**
 * Starts to load the keys, and the revocations if they are followed, and does not wait for them. In a worker it starts nothing. Throws
 * TypeError for invalid options.
 */
export const createVerifier: CreateVerifier = createVerifierWith({ signatures })
