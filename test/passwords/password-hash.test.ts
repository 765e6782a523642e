import bcrypt from 'bcrypt'
import t from 'tap'
import { createPasswordHashes } from '../../src/passwords/password-hash.ts'

const options = { peppers: [], cost: 10, run: <T>(task: () => Promise<T>) => task() }
const plain = createPasswordHashes(options)
const pepper = { id: '1', key: 'a pepper that is long enough for this' }
const peppered = createPasswordHashes({ ...options, peppers: [pepper] })

t.test('a password matches its own hash, which needs no renewal', async (t) => {
  t.same(await plain.check('secret password', await plain.hash('secret password')), { matches: true })
})

t.test('a difference past the 72nd byte counts', async (t) => {
  const long = 'x'.repeat(100)
  const hash = await plain.hash(`${long}1`)
  t.match(await plain.check(`${long}2`, hash), { matches: false })
  t.match(await plain.check(`${long}1`, hash), { matches: true })
})

t.test('a password in another Unicode form is the same password', async (t) => {
  t.match(await plain.check('e\u0301tude passe', await plain.hash('\u00e9tude passe')), { matches: true })
})

t.test('a NUL byte does not cut a password short', async (t) => {
  t.match(await plain.check('abc\u0000456789', await plain.hash('abc\u0000456780')), { matches: false })
})

t.test('the hash of another system does not match as one of ours', async (t) => {
  const foreign = await bcrypt.hash('secret password', 10)
  t.match(await plain.check('secret password', `hmac-sha384:-:${foreign}`), { matches: false })
})

t.test('a login renews a hash of an older cost or pepper', async (t) => {
  const old = await plain.hash('secret password')
  const costlier = createPasswordHashes({ ...options, cost: 11 })
  const { renewed = '' } = await costlier.check('secret password', old)
  t.match(renewed, /^hmac-sha384:-:\$2b\$11\$/)
  t.same(await costlier.check('secret password', renewed), { matches: true })

  const withPepper = (await peppered.check('secret password', old)).renewed ?? ''
  t.match(withPepper, /^hmac-sha384:1:/)
  const newer = { id: '2', key: 'another pepper that is long enough too' }
  const rotated = createPasswordHashes({ ...options, peppers: [newer, pepper] })
  t.match((await rotated.check('secret password', withPepper)).renewed, /^hmac-sha384:2:/)
})

t.test('a hash whose pepper is not configured matches nothing, and is reported', async (t) => {
  const reported: unknown[] = []
  const watched = createPasswordHashes({ ...options, onUnusable: (hash) => reported.push(hash) })
  const hash = await peppered.hash('secret password')
  t.same(await watched.check('secret password', hash, 'an id'), { matches: false })
  t.same(reported, [{ userId: 'an id', scheme: 'hmac-sha384', reason: 'the pepper "1" is missing' }])
})

t.test('a pepper changes the hash', async (t) => {
  const stored = (await peppered.hash('secret password')).replace(':1:', ':-:')
  t.match(await plain.check('secret password', stored), { matches: false })
})

t.test('without an account the check costs a comparison too, and never succeeds', async (t) => {
  const { compare } = bcrypt
  const compared: string[] = []
  bcrypt.compare = ((data: string, hash: string) => {
    compared.push(hash)
    return compare(data, hash)
  }) as typeof compare
  t.teardown(() => (bcrypt.compare = compare))
  t.same(await plain.check('anything', undefined), { matches: false })
  t.same(await plain.check('', undefined), { matches: false })
  t.match(compared, [/^\$2b\$10\$.{53}$/, /^\$2b\$10\$.{53}$/])
})
