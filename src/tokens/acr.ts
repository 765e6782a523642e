/** How strongly a user has signed in. RFC 9470 calls it the authentication context. The names are the assurance levels of NIST SP 800-63B. */

/** Two factors. */
export const twoFactors = 'aal2'
export type Acr = 'aal1' | typeof twoFactors

/** The method of `amr` that says that several factors were used (RFC 8176 §2). */
const severalFactors = 'mfa'

/** The `acr` of a sign-in with these methods (RFC 8176): `aal2` if they are two factors, else `aal1`. */
export const acrOf = (amr: readonly string[]): Acr => (amr.includes(severalFactors) ? twoFactors : 'aal1')
