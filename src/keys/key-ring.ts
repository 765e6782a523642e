/**
 * The signing key, and every public key that still verifies, as this node holds them: it looks at the store every second,
 * and sees to it that what is due there is done.
 */
import { createPublicKey, randomUUID } from 'node:crypto'
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { AppError } from '../errors.ts'
import { secretIds } from '../secrets/derive-keys.ts'
import type { SigningKey, VerificationKey } from '../tokens/access-token.ts'
import { createKeyKeeper, type KeySettings } from './key-keeper.ts'
import { signsWithoutNewsMs, withStates } from './key-lifecycle.ts'
import type { KeyStore, StoredKey, StoredKeys } from './key-store.ts'
import { createSeal } from './seal.ts'

export type KeyRing = {
  /** The key that signs now. Ends in `not_ready` where this node may not know which one does. */
  readonly signing: SigningKey
  /** The keys that verify, which are those that are published: the signing one first. A new array when they change. */
  readonly verification: readonly VerificationKey[]
  /** Which of the server's secrets, counted from the newest, makes refresh tokens. */
  readonly secretInForce: number
  /** Whether the ring is what the database holds, seconds ago at most, and our secrets open it. */
  readonly isCurrent: boolean
  /** When the signing key began to sign, and when the next one will, in milliseconds since 1970. */
  readonly handOvers: { readonly last?: number | undefined; readonly next?: number | undefined }
  /** Hears of other verification keys before anything else here does; the ring waits for it. */
  onChange(listener: (keys: readonly VerificationKey[]) => Promise<void>): void
}

type Options = KeySettings & {
  store: KeyStore
  /** Newest first. */
  secrets: readonly string[]
  onError?: (error: Error) => void
  /** Hears the database's time at every look, and when it was asked for by `performance.now()`. */
  onTime?: (time: number, askedAt: number) => void
}

const lookEveryMs = 1000
const beatEveryMs = 5000
const currentForMs = 5000

/**
 * Loads the ring, making the first keys where the database holds none; nodes that start at once agree. Then follows the
 * store until `stop`. Throws WrongSecretError where no given secret opens a stored key.
 */
export async function startKeyRing(
  options: Options,
): Promise<KeyRing & { look(): Promise<void>; stop(): Promise<void> }> {
  const { store, secrets, onError = () => {}, onTime = () => {} } = options
  const seal = createSeal(secrets)
  const keeper = createKeyKeeper({ ...options, seal })
  const nodeId = randomUUID()
  const ownSecretIds = secretIds(secrets)
  const listeners: ((keys: readonly VerificationKey[]) => Promise<void>)[] = []

  let signing: SigningKey | undefined
  let verification: readonly VerificationKey[] = []
  let secretInForce = 0
  let handOvers: KeyRing['handOvers'] = {}
  // Durations, whatever happens to the machine's time.
  let freshAt = -Infinity
  let beatAt = -Infinity
  let knowsSecret = true

  async function takeIn(stored: StoredKeys, lookedAt: number): Promise<void> {
    onTime(stored.now, lookedAt)
    const published = withStates(stored.keys, stored.now).filter(({ state }) => state !== 'revoked' && state !== 'gone')
    if (published.map(({ kid }) => kid).join() !== verification.map(({ kid }) => kid).join()) {
      const keys = published.map(toVerificationKey)
      for (const listener of listeners) await listener(keys)
      verification = keys
    }
    const [first] = published
    const next = published.find(({ state }) => state === 'next')
    handOvers = { last: first?.signsFrom, next: next?.signsFrom }
    const opened = first && (await seal.open(first.sealedPrivateJwk))
    knowsSecret = opened !== undefined
    if (first && opened) {
      signing = { kid: first.kid, alg: first.alg, privateKey: opened.privateKey }
      secretInForce = opened.secretIndex
    }
    freshAt = lookedAt
  }

  async function beat(now: number): Promise<void> {
    if (now < beatAt + beatEveryMs) return
    await store.beat(nodeId, ownSecretIds)
    beatAt = now
  }

  async function turn(): Promise<void> {
    const now = performance.now()
    await beat(now)
    const stored = await store.read()
    await takeIn(stored, now)
    if (knowsSecret && keeper.isDue(stored, secretInForce)) await takeIn(await keeper.maintain(), now)
  }

  const look = () => turn().catch(onError)

  // First the beat, then the look, both before anybody can ask: no secret comes into force that a node does not have.
  const startedAt = performance.now()
  await beat(startedAt)
  await takeIn(await keeper.maintain(), startedAt)
  const loop = createBackgroundLoop({ turn: look, pauseMs: () => lookEveryMs, pausesFirst: true, onError })
  loop.start()

  return {
    get signing() {
      if (signing && performance.now() - freshAt < signsWithoutNewsMs) return signing
      throw new AppError('not_ready', { retryAfterSeconds: 5 })
    },
    get verification() {
      return verification
    },
    get secretInForce() {
      return secretInForce
    },
    get handOvers() {
      return handOvers
    },
    get isCurrent() {
      return knowsSecret && performance.now() - freshAt < currentForMs
    },
    onChange: (listener) => void listeners.push(listener),

    /** Looks at once, where something is known to have changed. */
    look,

    async stop(): Promise<void> {
      await loop.stop()
      await store.leave(nodeId).catch(() => {})
    },
  }
}

const toVerificationKey = ({ kid, alg, publicJwk }: StoredKey): VerificationKey => ({
  kid,
  alg,
  publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
})
