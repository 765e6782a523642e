/** `@countersign/client/passkeys`: passkeys in browsers, by their own functions. */
export { addPasskey, enrolPasskey, registerWithPasskey } from './add-passkey.ts'
export { forgetRemovedPasskeys } from './forget-removed.ts'
export { hasPasskeys, offersPasskeys } from './support.ts'
export { reauthenticateWithPasskey, signInWithPasskey } from './use-passkey.ts'
