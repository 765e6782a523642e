import t from 'tap'
import { nonce } from '../../src/tokens/nonce.ts'

t.test('every nonce is different, and none changes later', async (t) => {
  const made = Array.from({ length: 10_000 }, nonce)
  const texts = made.map((one) => one.toString('hex'))
  t.equal(new Set(texts).size, made.length)
  t.ok(texts.every((text) => /^[0-9a-f]{32}$/.test(text)))
  nonce()
  t.same(
    made.map((one) => one.toString('hex')),
    texts,
  )
})
