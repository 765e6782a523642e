/** Seals texts under a server secret (JWE, RFC 7516), so that they cannot be read in the database. */
import { CompactEncrypt, compactDecrypt } from 'jose'
import { deriveKeys, type Purpose } from './derive-keys.ts'

export type Box = {
  /** The sealed text to store. `secretIndex` is the index of the secret; 0 is the newest. */
  seal(text: string, secretIndex: number): Promise<string>
  /** Opens a stored text. Returns it with the index of its secret; undefined if none of our secrets sealed it. */
  open(sealed: string): Promise<{ text: string; secretIndex: number } | undefined>
}

/** `secrets` are the server secrets, newest first. */
export function createBox(secrets: readonly string[], purpose: Purpose): Box {
  const sealingKeys = deriveKeys(secrets, purpose)

  return {
    async seal(text, secretIndex) {
      const sealingKey = sealingKeys[secretIndex]
      if (!sealingKey) throw new Error('there is no server secret with this index')
      return new CompactEncrypt(Buffer.from(text))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(sealingKey)
    },

    async open(sealed) {
      for (const [secretIndex, sealingKey] of sealingKeys.entries()) {
        const text = await decrypt(sealed, sealingKey)
        if (text !== undefined) return { text, secretIndex }
      }
      return undefined
    },
  }
}

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
