/** What this browser can do with passkeys. */

/** Whether the browser can make and use passkeys. */
export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function'

/** Whether the browser can offer passkeys in the autofill of a field with `autocomplete="username webauthn"`. */
export async function offersPasskeys(): Promise<boolean> {
  if (!hasPasskeys()) return false
  // Older browsers do not have this function.
  return (await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false
}
