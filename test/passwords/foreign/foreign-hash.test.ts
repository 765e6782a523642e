import crypto from 'node:crypto'
import { readFile } from 'node:fs/promises'
import bcrypt from 'bcrypt'
import t from 'tap'
import { readForeignHash } from '../../../src/passwords/foreign/foreign-hash.ts'
import { call, refresh, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { foreignHashes, unusableHashes } from './foreign-hashes.ts'

const lines: string[] = []
const node = await startNode(t, { log: (line) => lines.push(line) })
const at = (path: string) => `${node.baseUrl}${path}`

const store = (id: string, hash: string) =>
  node.database.pool.query('UPDATE users SET password_hash = $2 WHERE id = $1', [id, hash])
const stored = async (id: string) =>
  String((await node.database.pool.query('SELECT password_hash FROM users WHERE id = $1', [id])).rows[0]?.password_hash)
const warnings = () =>
  lines.map((line): Record<string, unknown> => JSON.parse(line)).filter(({ level }) => Number(level) >= 40)

t.test('a login with the right password of an imported hash works, and renews the hash', async (t) => {
  const { user } = await register(node.baseUrl)
  const login = (given: string) => call(at('/auth/login'), { body: { email: user.email, password: given } })
  for (const { scheme, password, hash } of foreignHashes) {
    await store(user.id, hash)
    t.equal((await login(`.${password}`)).status, 401, scheme)
    t.equal(await stored(user.id), hash, 'a wrong password changes nothing')
    t.equal((await login(password)).status, 200, scheme)
    t.match(await stored(user.id), /^hmac-sha384:-:\$2b\$/, scheme)
    t.equal((await login(password)).status, 200, `${scheme}, renewed`)
  }
  t.same(warnings(), [])
})

t.test('all of the hash counts, in every scheme', async (t) => {
  for (const { scheme, password, hash } of foreignHashes) {
    const other = hash.replace(/(.)(.{4})$/, (_, one: string, rest: string) => `${one === 'A' ? 'B' : 'A'}${rest}`)
    const read = readForeignHash(other, (given, form) => bcrypt.compare(given, form))
    t.equal('matches' in read && (await read.matches(Buffer.from(password))), false, scheme)
  }
})

t.test('argon2d is compared too', async (t) => {
  const options = { message: 'right', nonce: Buffer.from('somesalt'), memory: 256, passes: 1, parallelism: 1 }
  const tag = crypto
    .argon2Sync('argon2d', { ...options, tagLength: 32 })
    .toString('base64')
    .replace('=', '')
  const read = readForeignHash(`$argon2d$v=19$m=256,t=1,p=1$c29tZXNhbHQ$${tag}`, bcrypt.compare)
  t.equal('matches' in read && (await read.matches(Buffer.from('right'))), true)
  t.equal('matches' in read && (await read.matches(Buffer.from('wrong'))), false)
})

t.test(
  'a hash that cannot be compared is a failed login that costs a comparison, and one line in the log',
  async (t) => {
    const { user } = await register(node.baseUrl)
    let compared = 0
    const compare = bcrypt.compare.bind(bcrypt)
    t.capture(bcrypt, 'compare', (password: string, hash: string) => {
      compared++
      return compare(password, hash)
    })
    for (const [hash, scheme, reason] of unusableHashes) {
      lines.length = 0
      compared = 0
      await store(user.id, hash)
      const answer = await call(at('/auth/login'), { body: { email: user.email, password: 'password' } })
      t.match(answer, { status: 401, body: { code: 'invalid_credentials' } }, hash)
      t.equal(compared, 1, hash)
      t.match(warnings(), [{ userId: user.id, scheme, reason }], hash)
      t.equal(hash.length > 20 && lines.some((line) => line.includes(hash.slice(20))), false, 'the log has no hash')
    }
  },
)

t.test('signed-in users prove the password of an imported hash too', async (t) => {
  let { user, access_token: token, refresh_token: next } = await register(node.baseUrl)
  const [, argon] = foreignHashes
  const [, two] = unusableHashes
  if (!argon || !two) throw new Error('the hashes are missing')
  const again = (password: string) => call(at('/auth/reauthenticate'), { token, body: { password } })
  // Another hash is another password, so the version of the credentials changes.
  const change = (current: string) =>
    call(at('/auth/password'), { token, body: { current_password: current, new_password: 'a sentence of mine' } })
  // Another hash also revokes the access tokens.
  const storeAndRefresh = async (hash: string) => {
    await store(user.id, hash)
    ;({ access_token: token, refresh_token: next } = (await refresh(node.baseUrl, next)).body)
  }
  await storeAndRefresh(two[0])
  t.equal((await again('password')).status, 401)
  t.equal((await change('password')).status, 401)
  await storeAndRefresh(argon.hash)
  t.equal((await again('wrong')).status, 401)
  const renewed = await again(argon.password)
  t.equal(renewed.status, 200)
  next = String(renewed.body['refresh_token'])
  t.match(await stored(user.id), /^hmac-sha384:/)
  await storeAndRefresh(argon.hash)
  t.equal((await change('wrong')).status, 401)
  t.equal((await change(argon.password)).status, 200)
  t.equal((await call(at('/auth/login'), { body: { email: user.email, password: 'a sentence of mine' } })).status, 200)
})

t.test('a user who is inserted as the guide says can log in', async (t) => {
  const guide = await readFile('docs/guides/importing-users.md', 'utf8')
  await node.database.pool.query(/```sql\n([^`]*)```/.exec(guide)?.[1] ?? '')
  const body = { email: 'ada@example.com', password: 'correct horse' }
  t.match(await call(at('/auth/login'), { body }), {
    status: 200,
    body: { user: { email: 'Ada@example.com', email_verified: true } },
  })
})
