/** Texts that the database keeps and must not be read there: sealed under the server's secret (JWE, RFC 7516). */
import { CompactEncrypt, compactDecrypt } from 'jose'
import { deriveKeys, type Purpose } from './derive-keys.ts'

export function createBox(secrets: readonly string[], purpose: Purpose) {
  const sealingKeys = deriveKeys(secrets, purpose)

  return {
    /** The text to store, sealed under one of the secrets, counted from the newest. */
    async seal(text: string, secretIndex: number): Promise<string> {
      const sealingKey = sealingKeys[secretIndex]
      if (!sealingKey) throw new Error('there is no server secret of this number')
      return new CompactEncrypt(Buffer.from(text))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(sealingKey)
    },

    /** What a stored text holds, and which secret opened it; undefined where none of ours does. */
    async open(sealed: string): Promise<{ text: string; secretIndex: number } | undefined> {
      for (const [secretIndex, sealingKey] of sealingKeys.entries()) {
        const text = await decrypt(sealed, sealingKey)
        if (text !== undefined) return { text, secretIndex }
      }
      return undefined
    },
  }
}

export type Box = ReturnType<typeof createBox>

async function decrypt(sealed: string, sealingKey: Buffer): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, sealingKey, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return Buffer.from(plaintext).toString()
  } catch {
    return undefined
  }
}
