/**
 * The key ring: the signing key, and every public key that still verifies, as this node holds them. The node reads the stored
 * keys every second, and makes the changes that are due. This folder owns the signing keys from creation to removal. It does
 * not sign or verify tokens.
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
  /** The key that signs now. Throws `not_ready` if this node could not read the keys for too long. */
  readonly signing: SigningKey
  /** The published keys, which verify tokens: the signing key first. It is a new array after each change. */
  readonly verification: readonly VerificationKey[]
  /** The index of the server secret that makes refresh tokens. 0 is the newest secret. */
  readonly secretInForce: number
  /** Whether the node has read the keys within the last seconds, and one of its secrets opens them. */
  readonly isCurrent: boolean
  /** When the signing key began to sign, and when the next key will, in milliseconds since 1970. */
  readonly handOvers: { readonly last?: number | undefined; readonly next?: number | undefined }
  /** Calls the listener with new verification keys before the ring changes. The ring waits for the promise. */
  onChange(listener: (keys: readonly VerificationKey[]) => Promise<void>): void
}

type Dependencies = KeySettings & {
  store: KeyStore
  /** Newest first. */
  secrets: readonly string[]
  onError?: (error: Error) => void
  /** `isCurrent` ends this long after a read. Default: five seconds. */
  currentForMs?: number
  /**
   * Called with the index of the secret in force: when another secret comes into force, and at the start if it is not the newest. `changed`
   * tells the two apart.
   */
  onSecret?: (index: number, changed: boolean) => void
  /** Called with the database's time at each read, and with the `performance.now()` at which the read began. */
  onTime?: (time: number, askedAt: number) => void
}

const lookEveryMs = 1000
const beatEveryMs = 5000

export type FollowingKeyRing = KeyRing & {
  /** Reads the store at once, for callers that know of a change. */
  look(): Promise<void>
  stop(): Promise<void>
}

/**
 * Loads the key ring, and follows the store until `stop`. Creates the first keys if the database has none; nodes that start
 * at the same time agree on them. Throws WrongSecretError if none of the secrets opens a stored key.
 */
export async function startKeyRing(dependencies: Dependencies): Promise<FollowingKeyRing> {
  const {
    store,
    secrets,
    onError = () => {},
    onTime = () => {},
    onSecret = () => {},
    currentForMs = 5000,
  } = dependencies
  const seal = createSeal(secrets)
  const keeper = createKeyKeeper({ ...dependencies, seal })
  const nodeId = randomUUID()
  const ownSecretIds = secretIds(secrets)
  const listeners: ((keys: readonly VerificationKey[]) => Promise<void>)[] = []

  let signing: SigningKey | undefined
  let verification: readonly VerificationKey[] = []
  let secretInForce = 0
  /** The same, as this node last read it in the store. */
  let knownSecret: number | undefined
  let handOvers: KeyRing['handOvers'] = {}
  // By performance.now(), because ages must not depend on the machine's time of day.
  let freshAt = -Infinity
  let beatAt = -Infinity
  let knowsSecret = true

  async function takeIn(stored: StoredKeys, lookedAt: number): Promise<void> {
    onTime(stored.now, lookedAt)
    const published = withStates(stored.keys, stored.now).filter(({ state }) => state !== 'revoked' && state !== 'gone')
    if (setOf(published) !== setOf(verification)) {
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
      if (knownSecret !== undefined && opened.secretIndex !== knownSecret) onSecret(opened.secretIndex, true)
      secretInForce = knownSecret = opened.secretIndex
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

  // Announce this node's secrets before it reads the keys, and before it serves requests. Otherwise a secret that this node
  // does not have could come into force.
  const startedAt = performance.now()
  await beat(startedAt)
  // The keys as they were, so that a secret that comes into force at this start is noticed.
  await takeIn(await store.read(), startedAt)
  await takeIn(await keeper.maintain(), startedAt)
  if (secretInForce !== 0) onSecret(secretInForce, false)
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

    look,

    async stop() {
      await loop.stop()
      await store.leave(nodeId).catch(() => {})
    },
  }
}

/** The same text for the same keys with the same limits. A limit rises when a node with a longer ACCESS_TOKEN_SECONDS starts. */
const setOf = (keys: readonly Pick<VerificationKey, 'kid' | 'tokenSeconds'>[]) =>
  keys.map(({ kid, tokenSeconds }) => `${kid} ${tokenSeconds}`).join()

const toVerificationKey = ({ kid, alg, publicJwk, tokenSeconds }: StoredKey): VerificationKey => ({
  kid,
  alg,
  tokenSeconds,
  publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
})
