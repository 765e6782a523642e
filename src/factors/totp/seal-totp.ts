/**
 * The secrets of authenticator apps are stored sealed, so that a stolen copy of the database makes no codes. The stored text begins with the
 * name of the server secret that sealed it. So those of an older one are found without a look into them.
 */
import { createBox } from '../../secrets/box.ts'
import { secretIds } from '../../secrets/derive-keys.ts'
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
  /** How the texts begin that the server secret in force has sealed. */
  readonly prefixInForce: () => string
}

export function createTotpSeal(secrets: ServerSecrets): TotpSeal {
  const box = createBox(secrets.all, 'totp-secret')
  const ids = secretIds(secrets.all)
  const prefixOf = (index: number) => `${ids[index]}.`
  const sealText = async (text: string, index: number) => `${prefixOf(index)}${await box.seal(text, index)}`

  return {
    seal: (secret) => sealText(toBase32(secret), secrets.indexInForce()),

    async open(sealed) {
      const found = await box.open(sealed.slice(sealed.indexOf('.') + 1))
      if (!found) return undefined
      const inForce = secrets.indexInForce()
      const resealed = found.secretIndex === inForce ? undefined : await sealText(found.text, inForce)
      return { secret: fromBase32(found.text), resealed }
    },

    prefixInForce: () => prefixOf(secrets.indexInForce()),
  }
}
