/** The secrets of authenticator apps are stored sealed, so that a stolen copy of the database makes no codes. */
import { createBox } from '../../secrets/box.ts'
import type { ServerSecrets } from '../../secrets/server-secrets.ts'
import { fromBase32, toBase32 } from './base32.ts'

/** An opened secret. */
export type OpenedTotp = {
  readonly secret: Buffer
  /** The same secret under the server secret in force. Undefined if that is the one that sealed it. */
  readonly resealed: string | undefined
}

export type TotpSeal = {
  /** The sealed text to store. */
  readonly seal: (secret: Buffer) => Promise<string>
  /** Opens a stored text. Undefined if none of the secrets of this server sealed it. */
  readonly open: (sealed: string) => Promise<OpenedTotp | undefined>
}

export function createTotpSeal(secrets: ServerSecrets): TotpSeal {
  const box = createBox(secrets.all, 'totp-secret')
  return {
    seal: (secret) => box.seal(toBase32(secret), secrets.indexInForce()),

    async open(sealed) {
      const found = await box.open(sealed)
      if (!found) return undefined
      const inForce = secrets.indexInForce()
      const resealed = found.secretIndex === inForce ? undefined : await box.seal(found.text, inForce)
      return { secret: fromBase32(found.text), resealed }
    },
  }
}
