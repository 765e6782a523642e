/** Prints the memory that a process keeps in bytes: `node --expose-gc load/memory.ts revocations|tokens COUNT`. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDenylist } from '../../src/revocations/denylist.ts'
import { createTokenCache } from '../../src/tokens/token-cache.ts'

/** A flat string like those from Postgres or JSON. A concatenated one would take several times as much memory. */
const flat = (text: string) => Buffer.from(text).toString()
const newId = () => flat(randomUUID())

const [what, argument = ''] = process.argv.slice(2)
const count = Number(argument)

async function inUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await sleep(10)
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

/** Revocations of logged-out sessions, as a follower reads them. */
function revocations() {
  const denied = createDenylist({ maxEntries: 1_000_000, clock: Date.now })
  for (let i = 0; i < count; i++) {
    const [subject, userId] = [newId(), newId()]
    denied.add({ kind: 'session', subject, userId, minTokenVersion: null, createdAt: Date.now() })
  }
  return denied
}

/** Tokens of usual length for this many users. */
function tokens() {
  const cache = createTokenCache({
    verifyAccessToken: () => ({
      userId: newId(),
      sessionId: newId(),
      tokenId: randomBytes(16).toString('base64url'),
      keyId: 'key',
      roles: [],
      tokenVersion: 0,
      authTime: 1,
      amr: ['pwd'],
      acr: 'aal1',
      issuedAt: 1,
      expiresAt: 2 ** 40,
      scope: undefined,
    }),
    keySet: () => createTokenCache,
    clock: Date.now,
    maxEntries: count,
  })
  for (let i = 0; i < count; i++) cache.verify(randomBytes(480).toString('base64url'))
  return cache
}

const before = await inUse()
const kept = what === 'revocations' ? revocations() : tokens()
console.log((await inUse()) - before)
// This use keeps the object from being collected earlier.
process.exitCode = Number(kept === undefined)
