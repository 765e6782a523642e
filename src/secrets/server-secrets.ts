/** The server secrets and the one in force. All that is made under a secret takes its key from here. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { deriveKeys, type Purpose } from './derive-keys.ts'

/**
 * The server secrets, newest first. While a secret is replaced node by node, the secret in force is one that every node has, so
 * that a node can read what another node makes.
 */
export type ServerSecrets = {
  readonly all: readonly string[]
  /** The index of the secret in force. */
  readonly indexInForce: () => number
}

/** Keys for one purpose. */
export type SecretKeys = {
  /** One key for each secret, newest first. A token that was made under any of them is recognised. */
  readonly all: readonly KeyObject[]
  /** The key of the secret in force, which makes new things. */
  readonly inForce: () => KeyObject
}

/** Secrets of which the newest is in force. */
export const newestInForce = (all: readonly string[]): ServerSecrets => ({ all, indexInForce: () => 0 })

export function secretKeys(secrets: ServerSecrets, purpose: Purpose): SecretKeys {
  const all = deriveKeys(secrets.all, purpose).map((key) => createSecretKey(key))
  return {
    all,
    inForce() {
      const key = all[secrets.indexInForce()]
      if (!key) throw new Error('the server secret in force is not in the list')
      return key
    },
  }
}
