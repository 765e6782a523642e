/**
 * Changes the stored keys: as time passes, and as an operator asks. Any number of nodes may try at once; one at a time
 * does it, on what it finds then. Nothing here touches what a node holds in memory: key-ring.ts follows the store.
 */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import type { Config } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { secretIds } from '../secrets/derive-keys.ts'
import type { SigningAlg } from '../tokens/access-token.ts'
import { changesDue, type KeyChange, type Timing, withStates } from './key-lifecycle.ts'
import type { KeyChanges, KeyStore, StoredKey, StoredKeys } from './key-store.ts'
import type { Seal } from './seal.ts'

export type KeySettings = {
  /** Algorithm of keys that are made from now on. */
  alg: SigningAlg
  /** The longest life of the tokens this node signs. */
  tokenSeconds: number
  timing: Timing
}

type Dependencies = KeySettings & { store: KeyStore; seal: Seal; secrets: readonly string[] }

// Nodes publish what they saw up to five seconds ago, and clocks differ by as much.
const publicationMs = 10_000

/** What the server's settings mean for its keys. */
export const keySettings = (config: Config): KeySettings => ({
  alg: config.signingAlg,
  tokenSeconds: config.accessTokenSeconds,
  timing: {
    leadMs: config.jwksMaxAgeSeconds * 1000 + publicationMs,
    signMs: config.signingKeyDays * 86_400_000,
  },
})

/** The stored keys were sealed under another secret. */
export class WrongSecretError extends StartError {
  override readonly name = 'WrongSecretError'
}

/** What an operator asked for cannot be done. */
export class KeyCommandError extends StartError {
  override readonly name = 'KeyCommandError'
}

// So that a script gone wild does not publish keys without end.
const mostWaiting = 12

export function createKeyKeeper({ store, seal, secrets, alg, timing, tokenSeconds }: Dependencies) {
  const ownSecretIds = secretIds(secrets)

  async function publish(changes: KeyChanges, { now, signsFrom }: { now: number; signsFrom: number }, secret: number) {
    const { publicJwk, privateKey } = await newKey(alg)
    const { kid } = publicJwk
    const sealedPrivateJwk = await seal.seal(privateKey, secret)
    const times = { publishedAt: now, signsFrom, tokenSeconds }
    await changes.insert({ kid, alg, publicJwk, sealedPrivateJwk, ...times })
    return kid
  }

  async function carryOut(changes: KeyChanges, change: KeyChange, now: number, secret: number) {
    if (change.do === 'publish') await publish(changes, { now, signsFrom: change.signsFrom }, secret)
    else if (change.do === 'move') await changes.move(change.kid, change.signsFrom)
    else await changes.remove(change.kid)
  }

  /** Makes every change that is due, and says what there is then. */
  async function bringUpToDate(changes: KeyChanges): Promise<StoredKeys & { secret: number }> {
    const secret = await secretToUse(changes)
    for (;;) {
      const stored = await changes.read()
      const due = changesDue(stored.keys, stored.now, timing)
      for (const change of due) await carryOut(changes, change, stored.now, secret)
      if (due.length > 0) continue
      if (stored.keys.some((key) => key.tokenSeconds < tokenSeconds)) await changes.raiseTokenSeconds(tokenSeconds)
      return { ...stored, secret }
    }
  }

  /**
   * The secret in force, by its place in our list. Where every live node puts another one first, that comes into force:
   * all keys are sealed anew under it, and whoever makes refresh tokens follows.
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
      'COUNTERSIGN_SECRET does not open the signing keys in this database. Start with the secret they were sealed under ' +
        '(it may stand anywhere in the list); without it these keys are lost.',
    )
  }

  return {
    /** Whether `maintain` would change anything. `secretIndex` is that of the signing key. */
    isDue: ({ keys, now }: StoredKeys, secretIndex: number): boolean =>
      secretIndex !== 0 ||
      keys.some((key) => key.tokenSeconds < tokenSeconds) ||
      changesDue(keys, now, timing).length > 0,

    /** Makes every change that is due. Throws WrongSecretError where no secret of ours opens the stored keys. */
    maintain: (): Promise<StoredKeys> => store.change(bringUpToDate),

    /**
     * Lets the key that waits take over as soon as it has been published for long enough, and publishes another to
     * wait. Where SIGNING_ALG has changed, a key of the new algorithm takes over. Returns its `kid` and since when it
     * signs, in milliseconds since 1970. Throws KeyCommandError where too many wait already.
     */
    rotate: (): Promise<{ kid: string; signsFrom: number }> =>
      store.change(async (changes) => {
        const { keys, now, secret } = await bringUpToDate(changes)
        const waiting = withStates(keys, now).filter(({ state }) => state === 'next')
        const last = waiting.at(-1)
        if (!last || waiting.length > mostWaiting) {
          throw new KeyCommandError('Too many keys wait already: let the first of them sign before you rotate again.')
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

    /**
     * Ends a key, and with it every token it signed, on every node and every service that follows the feed. Where it was
     * signing, another signs at once. Throws KeyCommandError where there is no such key to end.
     */
    revoke: (kid: string): Promise<void> =>
      store.change(async (changes) => {
        const { keys, now } = await bringUpToDate(changes)
        const key = withStates(keys, now).find((one) => one.kid === kid)
        if (!key) throw new KeyCommandError(`There is no key ${kid}.`)
        if (key.state === 'revoked') throw new KeyCommandError(`Key ${kid} is revoked already.`)
        await changes.revoke(kid, now)
        await changes.record({ type: 'key_revoked', detail: { kid } })
        await bringUpToDate(changes)
      }),

    /** Every key with its state: the signing one, those that wait in their order, those that have signed. */
    async list() {
      const { keys, now } = await store.read()
      return withStates(keys, now).map(({ kid, alg: of, state, publishedAt, signsFrom }) => {
        return { kid, alg: of, state, publishedAt, signsFrom }
      })
    },
  }
}

export type KeyKeeper = ReturnType<typeof createKeyKeeper>

const generate = promisify(generateKeyPair)
const pairs = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generate('ed25519'),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
}

/** A fresh pair; its public half as it is published (RFC 7517), named by its RFC 7638 thumbprint. */
export async function newKey(alg: SigningAlg) {
  const { publicKey, privateKey } = await pairs[alg]()
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  return { publicJwk: { ...jwk, kid, alg, use: 'sig' }, publicKey, privateKey }
}
