import t from 'tap'
import { readCommonPasswords } from '../../src/passwords/common-passwords.ts'
import { createPasswordPolicy } from '../../src/passwords/password-policy.ts'
import { call, password } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const requireGoodPassword = createPasswordPolicy({ minLength: 8, serviceNames: [] })
const email = 'Lovelace+notes@example.com'
const refused = (given: string, address = email) => {
  try {
    requireGoodPassword(given, address)
    return undefined
  } catch (error) {
    return (error as { errors: { message: string }[] }).errors[0]?.message
  }
}
const common = 'must not be one of the most common passwords'
const name = 'must not contain the name in your email address'

t.test('the list of common passwords has the documented length, and each entry is normalised', async (t) => {
  const list = readCommonPasswords()
  t.ok(list.size > 10_000, `${list.size} passwords`)
  t.same(
    [...list].filter((each) => each !== each.normalize('NFKC').toLowerCase() || each.length < 8),
    [],
  )
  for (const each of ['password', '12345678', 'qwertyuiop', 'iloveyou', 'password123', 'baseball'])
    t.ok(list.has(each), each)
})

t.test('a common password is refused in any case, width and composition', async (t) => {
  for (const each of ['password', 'PassWord', 'ｐａｓｓｗｏｒｄ', 'ＰＡＳＳＷＯＲＤ１２３', '12345678'])
    t.equal(refused(each), common, each)
  for (const each of [password, 'password of mine', '12345678 and more']) t.equal(refused(each), undefined, each)
})

t.test('a password with the local part of the address in it is refused, also with the part before a +', async (t) => {
  for (const each of ['my-LOVELACE-1815', 'lovelace+notes', 'xＬｏｖｅｌａｃｅx']) t.equal(refused(each), name, each)
  t.equal(refused('notes of example.com'), undefined, 'the rest of the address may be in it')
  t.equal(refused('al likes numbers', 'al@example.com'), undefined, 'two characters may be')
  t.equal(refused('ada likes numbers', 'ada@example.com'), name, 'three may not')
  t.equal(refused('ada+1 likes numbers', 'ada+1@example.com'), name)
  t.equal(refused('al+notes in winter', 'al+notes@example.com'), name)
  t.equal(refused('jörg und jürgen', 'JO\u0308RG@example.com'), name, 'composed or not')
})

t.test('register refuses such a password, and the error names the member', async (t) => {
  const node = await startNode(t)
  for (const [given, message] of [
    ['Password123', common],
    ['lovelace in 1815', name],
  ]) {
    const answer = await call(`${node.baseUrl}/auth/register`, { body: { email, password: given } })
    t.match(answer, { status: 400, body: { code: 'invalid_request', errors: [{ path: '/password', message }] } })
  }
  t.equal((await call(`${node.baseUrl}/auth/register`, { body: { email, password } })).status, 201)
})
