/** Wires the factors. This folder owns all proofs beside the password. It does not own the sign-in that a proof belongs to (signin/). */
import { createPasskeys, type Passkeys } from './passkeys/create-passkeys.ts'

type Dependencies = Omit<Parameters<typeof createPasskeys>[0], 'firstRecoveryCodes'>

export type Factors = { readonly passkeys: Passkeys }

export function createFactors(dependencies: Dependencies): Factors {
  return { passkeys: createPasskeys({ ...dependencies, firstRecoveryCodes: async () => undefined }) }
}
