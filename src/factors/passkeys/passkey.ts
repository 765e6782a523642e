/** A passkey of a user: a credential of WebAuthn. */

export type Passkey = {
  readonly id: string
  readonly userId: string
  readonly credentialId: Uint8Array
  readonly publicKey: Uint8Array
  /** The signature counter at its last use. */
  readonly counter: number
  readonly transports: readonly string[]
  /** Whether it is, or can be, on several devices. */
  readonly synced: boolean
}

/** A credential that an authenticator has just made. */
export type NewPasskey = Pick<Passkey, 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'synced'> & {
  /** The model of the authenticator, or undefined if it does not tell. */
  readonly aaguid: string | undefined
}

/** The method of a proof by this passkey (RFC 8176). */
export const methodOf = ({ synced }: Pick<Passkey, 'synced'>): 'swk' | 'hwk' => (synced ? 'swk' : 'hwk')

/** The user handle (WebAuthn §5.4.3): the bytes of the id of the user, in base64url. It says nothing about the user. */
export const userHandleOf = (userId: string): string =>
  Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url')

/** The id of the user to whom a new passkey belongs that was made before there was an account. */
export function userIdOf(nonce: Uint8Array): string {
  const hex = Buffer.from(nonce).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
