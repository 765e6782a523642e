/** Challenges without rows: this server alone can make one, for one use, for ten minutes. */
import t from 'tap'
import { challengeSeconds, createChallenges } from '../../../src/factors/passkeys/challenge.ts'
import { newestInForce } from '../../../src/secrets/server-secrets.ts'

const start = Date.parse('2026-11-28T12:00:00Z')
let now = start
const challengesOf = (...secrets: string[]) => createChallenges(newestInForce(secrets), () => now)
const secret = 's'.repeat(32)
const challenges = challengesOf(secret)
const use = { purpose: 'add', binding: '0190a5b6-8d4e-7f50-9b2c-3d4e5f607182' } as const

t.beforeEach(() => {
  now = start
})

t.test('a challenge is read for its use, and is new each time', async (t) => {
  const { text, nonce } = challenges.create(use)
  const read = challenges.read(text, use)
  t.strictSame(read?.nonce, nonce)
  t.equal(read?.hash.length, 32)
  t.not(challenges.create(use).text, text)
})

t.test('no other purpose, session or server accepts it', async (t) => {
  const { text } = challenges.create(use)
  t.equal(challenges.read(text, { ...use, purpose: 'reauthenticate' }), undefined)
  t.equal(challenges.read(text, { ...use, binding: '' }), undefined)
  t.equal(challengesOf('t'.repeat(32)).read(text, use), undefined)
  t.ok(challengesOf('t'.repeat(32), secret).read(text, use), 'a secret that is being replaced still counts')
})

t.test('it expires, and its row is kept for longer', async (t) => {
  const { text } = challenges.create(use)
  now = start + challengeSeconds * 1000 - 1
  const read = challenges.read(text, use)
  t.ok(read)
  now = start + challengeSeconds * 1000
  t.equal(challenges.read(text, use), undefined)
  t.ok(read && +read.forgottenAt > now + 3600_000)
})

t.test('no changed bit is accepted, and no other spelling', async (t) => {
  const { text } = challenges.create(use)
  const bytes = Buffer.from(text, 'base64url')
  for (const at of bytes.keys()) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    t.equal(challenges.read(changed.toString('base64url'), use), undefined, `byte ${at}`)
  }
  for (const other of [`${text}=`, `${text}\n`, ` ${text}`, bytes.toString('base64'), text.slice(0, -1), '', 'x'])
    t.equal(challenges.read(other, use), undefined, JSON.stringify(other))
})
