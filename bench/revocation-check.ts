/** `node bench/revocation-check.ts`: what the default check adds to a request, beside the signature it comes after. */
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import { createDenylist } from '../src/revocations/denylist.ts'
import type { Principal } from '../src/tokens/verify-access-token.ts'

/** Nanoseconds a call takes: the median of eleven rounds. */
function time(calls: number, call: (i: number) => void): number {
  const rounds = Array.from({ length: 11 }, () => {
    const from = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) call(i)
    return Number(process.hrtime.bigint() - from) / calls
  })
  return rounds.toSorted((a, b) => a - b)[5] ?? 0
}

const people = Array.from({ length: 1000 }, (): Principal => {
  const now = Math.floor(Date.now() / 1000)
  const rest = { tokenId: '', keyId: 'k', roles: [], tokenVersion: 0, authTime: now, amr: [], scope: undefined }
  return { userId: randomUUID(), sessionId: randomUUID(), issuedAt: now, expiresAt: now + 600, ...rest }
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const data = Buffer.alloc(500, 'x')
const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
const signatureNs = time(2000, () => verify('sha256', data, key, signature))
console.log(`an ES256 signature   ${Math.round(signatureNs)} ns`)

for (const entries of [0, 100_000, 1_000_000]) {
  const denied = createDenylist({ maxEntries: 2_000_000, clock: Date.now })
  for (let i = 0; i < entries; i++) {
    const subject = randomUUID()
    denied.add({ kind: 'session', subject, userId: subject, minTokenVersion: null, createdAt: Date.now() })
  }
  let found = 0
  const ns = time(200_000, (i) => (found += Number(denied.has(people[i % 1000] as Principal))))
  const share = ((ns / signatureNs) * 100).toFixed(2)
  console.log(
    `${String(entries).padStart(9)} revocations ${ns.toFixed(0).padStart(5)} ns a check, ${share} % of the signature (${found} found)`,
  )
}
