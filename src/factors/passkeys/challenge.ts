/**
 * Challenges of WebAuthn. A challenge is random, carries its end and is tagged by this server, so that it needs no row until it is used. The
 * tag also covers its purpose and its binding: a challenge for one session or attempt is of no use for another.
 */
import { createHash, createHmac, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto'
import { type ServerSecrets, secretKeys } from '../../secrets/server-secrets.ts'
import { isCanonical } from '../../tokens/base64url.ts'

export type ChallengePurpose = 'add' | 'enrol' | 'sign_in' | 'second_factor' | 'reauthenticate' | 'register'

/** What the challenge is for. `binding` is the id of the session or attempt, or empty for a sign-in that begins with the passkey. */
export type ChallengeUse = { readonly purpose: ChallengePurpose; readonly binding: string }

/** A challenge that this server made for this use, and that has not expired. It may have been used: the database knows. */
export type Challenge = {
  /** SHA-256 of the challenge. */
  readonly hash: Buffer
  /** The 16 bytes of a random UUID (version 4), which no other challenge has. */
  readonly nonce: Buffer
  /** When a row that says that it was used may be removed. */
  readonly forgottenAt: Date
}

export type Challenges = {
  /** A new challenge in base64url. */
  readonly create: (use: ChallengeUse) => { readonly text: string; readonly nonce: Buffer }
  /** The challenge, or undefined if it is not of this server, for another use, or has expired. */
  readonly read: (text: string, use: ChallengeUse) => Challenge | undefined
}

/** How long a challenge can be answered. */
export const challengeSeconds = 600

const nonceLength = 16
const tagAt = nonceLength + 4
const length = tagAt + 32
// The clocks of nodes and of the database may differ. A row that is kept for too long does no harm.
const keptLongerMs = 86_400_000

export function createChallenges(secrets: ServerSecrets, clock: () => number): Challenges {
  const keys = secretKeys(secrets, 'passkey-challenge')
  const tag = (key: KeyObject, body: Buffer, { purpose, binding }: ChallengeUse) =>
    createHmac('sha256', key).update(`${purpose}\n${binding}\n`).update(body).digest()

  return {
    create(use) {
      const nonce = Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
      const end = Buffer.alloc(4)
      end.writeUInt32BE(Math.floor(clock() / 1000) + challengeSeconds)
      const body = Buffer.concat([nonce, end])
      return { text: Buffer.concat([body, tag(keys.inForce(), body, use)]).toString('base64url'), nonce }
    },

    read(text, use) {
      // Another spelling of the same bytes would be the same challenge, and it could be used again.
      const bytes = isCanonical(text) ? Buffer.from(text, 'base64url') : undefined
      if (bytes?.length !== length) return undefined
      const body = bytes.subarray(0, tagAt)
      if (!keys.all.some((key) => timingSafeEqual(tag(key, body, use), bytes.subarray(tagAt)))) return undefined
      const endMs = body.readUInt32BE(nonceLength) * 1000
      if (endMs <= clock()) return undefined
      return {
        hash: createHash('sha256').update(bytes).digest(),
        nonce: body.subarray(0, nonceLength),
        forgottenAt: new Date(endMs + keptLongerMs),
      }
    },
  }
}
