/** The tokens of links in mails. */
import t from 'tap'
import { createOneTimeToken, oneTimeTokenHash } from '../../src/tokens/one-time-token.ts'

const bitOf = (bytes: Buffer, bit: number) => (bytes[bit >> 3] ?? 0) & (1 << (bit & 7))
const bytesOf = (token: string) => Buffer.from(token, 'base64url')

t.test('every bit of a token is random', async (t) => {
  const tokens = Array.from({ length: 2000 }, () => createOneTimeToken().token)
  t.equal(new Set(tokens).size, tokens.length)
  const counts = Array.from({ length: 256 }, (_, bit) => tokens.filter((token) => bitOf(bytesOf(token), bit)).length)
  // 12 standard deviations: a random bit is outside with a probability below 10^-30.
  t.same(
    counts.flatMap((count, bit) => (Math.abs(count - 1000) < 270 ? [] : [`bit ${bit} is set ${count} times`])),
    [],
  )
  t.ok(tokens.every((token) => bytesOf(token).length === 32))
})

t.test('the hash of a token is the stored one, and another token has another hash', async (t) => {
  const { token, hash } = createOneTimeToken()
  t.same(oneTimeTokenHash(token), hash)
  t.notSame(oneTimeTokenHash(createOneTimeToken().token), hash)
})

t.test('a token has one spelling: any other last character makes another token', async (t) => {
  const { token, hash } = createOneTimeToken()
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (const last of alphabet) {
    const other = token.slice(0, -1) + last
    if (other !== token) t.notSame(oneTimeTokenHash(other), hash, other.slice(-1))
  }
  for (const text of [
    '',
    token.slice(1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    `${token}\n`,
    token.replace(/./, '+'),
  ]) {
    t.equal(oneTimeTokenHash(text), undefined, JSON.stringify(text))
  }
})
