/** Private keys are stored sealed, so that a stolen copy of the database cannot sign tokens. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { createBox } from '../secrets/box.ts'

/** A private key, and the index of the server secret that sealed it. 0 is the newest secret. */
export type Opened = { readonly privateKey: KeyObject; readonly secretIndex: number }

export type Seal = {
  /** The sealed text to store. */
  seal(privateKey: KeyObject, secretIndex: number): Promise<string>
  /** Opens a stored text; undefined if none of our secrets sealed it. */
  open(sealed: string): Promise<Opened | undefined>
}

const mostKnown = 100

export function createSeal(secrets: readonly string[]): Seal {
  const box = createBox(secrets, 'signing-key-seal')
  // Nodes read the stored keys every second, so each text is opened once and remembered.
  const known = new Map<string, Opened>()

  return {
    seal: (privateKey, secretIndex) => box.seal(JSON.stringify(privateKey.export({ format: 'jwk' })), secretIndex),

    async open(sealed) {
      const before = known.get(sealed)
      if (before) return before
      const found = await box.open(sealed)
      if (!found) return undefined
      const privateKey = createPrivateKey({ key: JSON.parse(found.text) as JsonWebKey, format: 'jwk' })
      const opened = { privateKey, secretIndex: found.secretIndex }
      if (known.size >= mostKnown) known.clear()
      known.set(sealed, opened)
      return opened
    },
  }
}
