// Strict types, of every entry.
import {
  createVerifier,
  type Principal,
  TokenRefusal,
  type Verifier,
  type VerifierOptions,
  type VerifyError,
} from '@countersign/verify'

const options: VerifierOptions = { issuer: 'https://auth.test', revocations: { id: 'a', secret: 'b', stale: 'closed' } }
const verifier: Verifier = createVerifier({
  ...options,
  background: false,
  onError: (error) => console.warn(error instanceof TokenRefusal ? error.reason : error.message),
})
const principal: Principal = await verifier.verify('x', { check: 'signature', maxAgeSeconds: 60, factors: 2 })
export const told = ({ code, statusCode, retryAfterSeconds }: VerifyError) => [code, statusCode, retryAfterSeconds]
export const age: number | undefined = verifier.revocations()?.ageMs
export const signal: AbortSignal = verifier.signalFor(principal)
// @ts-expect-error there is no such policy
createVerifier({ issuer: 'x', revocations: { id: '', secret: '', stale: 'never' } })
// @ts-expect-error a principal does not change
principal.userId = 'x'
