/** Private keys as they are stored: sealed, so that a dump of the database signs nothing. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { createBox } from '../secrets/box.ts'

/** A private key, and which of the server's secrets (0 is the newest) it was sealed under. */
export type Opened = { readonly privateKey: KeyObject; readonly secretIndex: number }

const mostKnown = 100

export function createSeal(secrets: readonly string[]) {
  const box = createBox(secrets, 'signing-key-seal')
  // Opened once for each text: nodes read the stored keys every second.
  const known = new Map<string, Opened>()

  return {
    /** The text to store. */
    seal: (privateKey: KeyObject, secretIndex: number): Promise<string> =>
      box.seal(JSON.stringify(privateKey.export({ format: 'jwk' })), secretIndex),

    /** What a stored text holds; undefined where it was sealed under none of our secrets. */
    async open(sealed: string): Promise<Opened | undefined> {
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

export type Seal = ReturnType<typeof createSeal>
