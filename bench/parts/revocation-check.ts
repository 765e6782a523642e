/** The check of the denylist, compared with the signature check before it. */
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'
import { createDenylist } from '../../src/revocations/denylist.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { rounds } from '../harness/settings.ts'
import type { Found, Ratio, Row } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'

const group = 'one core, memory only'
const unit = 'ns'

/** The nanoseconds of a call, one value for each round. */
const time = (calls: number, call: (i: number) => void): number[] =>
  Array.from({ length: rounds }, () => {
    const from = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) call(i)
    return Number(process.hrtime.bigint() - from) / calls
  })

const newPrincipal = (): Principal => {
  const now = Math.floor(Date.now() / 1000)
  const rest = {
    tokenId: '',
    keyId: 'k',
    roles: [],
    tokenVersion: 0,
    authTime: now,
    amr: [],
    acr: 'aal1',
    scope: undefined,
  }
  return { userId: randomUUID(), sessionId: randomUUID(), issuedAt: now, expiresAt: now + 600, ...rest }
}

function timeSignature(): number[] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const data = Buffer.alloc(500, 'x')
  const signature = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return time(2000, () => verify('sha256', data, key, signature))
}

function timeCheck(entries: number): number[] {
  const denylist = createDenylist({ maxEntries: 2_000_000, clock: Date.now })
  for (let i = 0; i < entries; i++) {
    const subject = randomUUID()
    denylist.add({ kind: 'session', subject, userId: subject, minTokenVersion: null, createdAt: Date.now() })
  }
  const principals = Array.from({ length: 1000 }, newPrincipal)
  let found = 0
  const took = time(200_000, (i) => (found += Number(denylist.has(principals[i % 1000] as Principal))))
  if (found > 0) throw new Error('a token was denied that nobody revoked')
  return took
}

export async function measureRevocationCheck(): Promise<Found> {
  const signature = timeSignature()
  const rows: Row[] = [{ id: 'signature', name: 'an ES256 signature', group, unit, value: spreadOf(signature) }]
  const ratios: Ratio[] = []
  for (const entries of [0, 100_000, 1_000_000]) {
    const name = `a check with ${entries.toLocaleString('en')} revocations`
    const took = timeCheck(entries)
    rows.push({ id: `check-${entries}`, name, group, unit, value: spreadOf(took) })
    const each = took.map((ns, i) => ns / (signature[i] ?? Number.NaN))
    ratios.push({ name: `${name} ÷ an ES256 signature`, value: spreadOf(each), atLeast: 0, atMost: 0.01 })
  }
  return { rows, ratios }
}
