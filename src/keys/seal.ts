/** Private keys as they are stored: sealed under the server's secret (JWE, RFC 7516), so that a dump signs nothing. */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { deriveKeys } from './derive-keys.ts'

/** A private key, and which of the server's secrets (0 is the newest) it was sealed under. */
export type Opened = { readonly privateKey: KeyObject; readonly secretIndex: number }

export function createSeal(secrets: readonly string[]) {
  const sealingKeys = deriveKeys(secrets, 'signing-key-seal')
  // Opened once for each text: nodes read the stored keys every second.
  const known = new Map<string, Opened>()

  return {
    /** The text to store. */
    async seal({ kid, privateKey }: { kid: string; privateKey: KeyObject }, secretIndex: number): Promise<string> {
      const sealingKey = sealingKeys[secretIndex]
      if (!sealingKey) throw new Error('there is no server secret of this number')
      return new CompactEncrypt(Buffer.from(JSON.stringify(privateKey.export({ format: 'jwk' }))))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
        .encrypt(sealingKey)
    },

    /** What a stored text holds; undefined where it was sealed under none of our secrets. */
    async open(sealed: string): Promise<Opened | undefined> {
      const before = known.get(sealed)
      if (before) return before
      for (const [secretIndex, sealingKey] of sealingKeys.entries()) {
        const jwk = await decrypt(sealed, sealingKey)
        if (!jwk) continue
        const opened = { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), secretIndex }
        if (known.size >= mostKnown) known.clear()
        known.set(sealed, opened)
        return opened
      }
      return undefined
    },
  }
}

const mostKnown = 100

export type Seal = ReturnType<typeof createSeal>

async function decrypt(sealed: string, sealingKey: Buffer): Promise<JsonWebKey | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, sealingKey, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return JSON.parse(Buffer.from(plaintext).toString()) as JsonWebKey
  } catch {
    return undefined
  }
}
