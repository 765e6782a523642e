/**
 * Changes the stored signing keys: when their time has come, and when an operator asks. A lock lets one node at a time make
 * changes, so any number of nodes may try at once. This file does not touch the keys that a node holds in memory:
 * key-ring.ts follows the store.
 */
import type { Config } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { secretIds } from '../secrets/derive-keys.ts'
import type { SigningAlg } from '../tokens/claims.ts'
import { changesDue, type KeyChange, type KeyState, type Timing, withStates } from './key-lifecycle.ts'
import type { KeyChanges, KeyStore, StoredKey, StoredKeys } from './key-store.ts'
import { type NewKey, withNewKeys } from './new-key.ts'
import type { Seal } from './seal.ts'

export type KeySettings = {
  /** The algorithm of new keys. */
  alg: SigningAlg
  /** The longest life of the tokens that this node signs. */
  tokenSeconds: number
  timing: Timing
}

type Dependencies = KeySettings & {
  store: KeyStore
  seal: Seal
  /** Newest first. */
  secrets: readonly string[]
}

export type KeyKeeper = {
  /** Whether `maintain` would change anything. `secretIndex` is the index of the secret that opens the signing key. */
  isDue(stored: StoredKeys, secretIndex: number): boolean

  /** Makes every change that is due. Throws WrongSecretError if no secret of this node opens a stored key. */
  maintain(): Promise<StoredKeys>

  /**
   * Makes the next key sign as soon as it has been published for long enough, and publishes another next key. If SIGNING_ALG
   * has changed, a new key of the new algorithm takes the place of the next key. Returns the `kid` of the key and when it
   * begins to sign, in milliseconds since 1970. Throws KeyCommandError if too many keys wait already.
   */
  rotate(): Promise<{ kid: string; signsFrom: number }>

  /**
   * Revokes a key. Every token that it signed is denied then, on every node and in every service that follows the feed. If it
   * was the signing key, the next key signs at once. Throws KeyCommandError if there is no such key, or if it is revoked.
   */
  revoke(kid: string): Promise<void>

  /** Every key with its state: first the signing key, then the next keys in their order, then the older keys. */
  list(): Promise<(Pick<StoredKey, 'kid' | 'alg' | 'publishedAt' | 'signsFrom'> & { state: KeyState })[]>
}

// A node publishes the keys that it read up to five seconds ago. Clocks differ by up to five seconds.
const publicationMs = 10_000

/** The settings that concern signing keys. */
export const keySettings = (config: Config): KeySettings => ({
  alg: config.signingAlg,
  tokenSeconds: config.accessTokenSeconds,
  timing: {
    leadMs: config.jwksMaxAgeSeconds * 1000 + publicationMs,
    signMs: config.signingKeyDays * 86_400_000,
  },
})

/** No secret of this node opens the stored keys. */
export class WrongSecretError extends StartError {
  override readonly name = 'WrongSecretError'
}

/** An operator's command that cannot be carried out. */
export class KeyCommandError extends StartError {
  override readonly name = 'KeyCommandError'
}

// A bound, in case a script rotates in an endless loop.
const mostWaiting = 12

/** The changes of one transaction, and the new keys that it may store. */
type Changes = KeyChanges & { readonly takeKey: () => NewKey }

export function createKeyKeeper({ store, seal, secrets, alg, timing, tokenSeconds }: Dependencies): KeyKeeper {
  const ownSecretIds = secretIds(secrets)

  const change = <T>(work: (changes: Changes) => Promise<T>): Promise<T> =>
    withNewKeys(alg, (takeKey) => store.change((changes) => work({ ...changes, takeKey })))

  async function publish(changes: Changes, { now, signsFrom }: { now: number; signsFrom: number }, secret: number) {
    const { publicJwk, privateKey } = changes.takeKey()
    const { kid } = publicJwk
    const sealedPrivateJwk = await seal.seal(privateKey, secret)
    const times = { publishedAt: now, signsFrom, tokenSeconds }
    await changes.insert({ kid, alg, publicJwk, sealedPrivateJwk, ...times })
    return kid
  }

  async function carryOut(changes: Changes, due: KeyChange, now: number, secret: number) {
    if (due.do === 'publish') await publish(changes, { now, signsFrom: due.signsFrom }, secret)
    else if (due.do === 'move') await changes.move(due.kid, due.signsFrom)
    else await changes.remove(due.kid)
  }

  /** Makes every change that is due. Returns the keys after it, and the index of the secret that seals new keys. */
  async function bringUpToDate(changes: Changes): Promise<StoredKeys & { secret: number }> {
    const secret = await secretToUse(changes)
    for (;;) {
      const stored = await changes.read()
      const due = changesDue(stored.keys, stored.now, timing)
      for (const one of due) await carryOut(changes, one, stored.now, secret)
      if (due.length > 0) continue
      if (stored.keys.some((key) => key.tokenSeconds < tokenSeconds)) await changes.raiseTokenSeconds(tokenSeconds)
      return { ...stored, secret }
    }
  }

  /**
   * The index of the secret in force, in our list. If it is not the first one and every live node has the same first secret,
   * that secret comes into force: all keys are sealed under it, and nodes make refresh tokens with it from then on.
   */
  async function secretToUse(changes: KeyChanges): Promise<number> {
    const { keys, now } = await changes.read()
    const [signing] = withStates(keys, now)
    if (!signing) return 0
    const inForce = (await openOrThrow(signing)).secretIndex
    if (inForce === 0) return 0
    const agreed = (await changes.liveNodes()).every(([first]) => first === ownSecretIds[0])
    if (!agreed) return inForce
    for (const key of keys) {
      const { privateKey } = await openOrThrow(key)
      await changes.reseal(key.kid, await seal.seal(privateKey, 0))
    }
    return 0
  }

  async function openOrThrow({ sealedPrivateJwk }: StoredKey) {
    const opened = await seal.open(sealedPrivateJwk)
    if (opened) return opened
    throw new WrongSecretError(
      'COUNTERSIGN_SECRET does not open the signing keys in this database. Start with the secret that sealed them, ' +
        'anywhere in the list. Without that secret, these keys are lost.',
    )
  }

  return {
    isDue: ({ keys, now }, secretIndex) =>
      secretIndex !== 0 ||
      keys.some((key) => key.tokenSeconds < tokenSeconds) ||
      changesDue(keys, now, timing).length > 0,

    maintain: () => change(bringUpToDate),

    rotate: () =>
      change(async (changes) => {
        const { keys, now, secret } = await bringUpToDate(changes)
        const waiting = withStates(keys, now).filter(({ state }) => state === 'next')
        const last = waiting.at(-1)
        if (!last || waiting.length > mostWaiting) {
          throw new KeyCommandError('Too many keys wait already. Let the first of them sign before you rotate again.')
        }
        const keep = last.alg === alg
        if (!keep) await changes.remove(last.kid)
        const after = (waiting.at(-2)?.signsFrom ?? 0) + 1
        const signsFrom = Math.max(now, after, (keep ? last.publishedAt : now) + timing.leadMs)
        if (keep) await changes.move(last.kid, signsFrom)
        const kid = keep ? last.kid : await publish(changes, { now, signsFrom }, secret)
        await publish(changes, { now, signsFrom: signsFrom + Math.max(timing.signMs, timing.leadMs) }, secret)
        const detail = { kid, signs_from: new Date(signsFrom).toISOString() }
        await changes.record({ type: 'key_rotated', detail })
        return { kid, signsFrom }
      }),

    revoke: (kid) =>
      change(async (changes) => {
        const { keys, now } = await bringUpToDate(changes)
        const key = withStates(keys, now).find((one) => one.kid === kid)
        if (!key) throw new KeyCommandError(`There is no key ${kid}.`)
        if (key.state === 'revoked') throw new KeyCommandError(`Key ${kid} is revoked already.`)
        await changes.revoke(kid, now)
        await changes.record({ type: 'key_revoked', detail: { kid } })
        await bringUpToDate(changes)
      }),

    async list() {
      const { keys, now } = await store.read()
      return withStates(keys, now).map(({ kid, alg: of, state, publishedAt, signsFrom }) => {
        return { kid, alg: of, state, publishedAt, signsFrom }
      })
    },
  }
}
