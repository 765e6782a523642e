/** base64url, with Buffer and without it. */
import t from 'tap'

const withBuffer = await import('../../src/tokens/base64url.ts')
const { Buffer: buffer } = globalThis
Reflect.deleteProperty(globalThis, 'Buffer')
const again = '../../src/tokens/base64url.ts?portable'
const portable: typeof withBuffer = await import(again)
globalThis.Buffer = buffer

const texts = ['', 'a', 'ab', 'abc', '{"kid":"ü€😀"}', '\u0000\u007f', 'x'.repeat(700)]

for (const [name, found] of Object.entries({ withBuffer, portable })) {
  t.test(`${name}: texts are encoded as Node encodes them, and decoded again`, async (t) => {
    for (const text of texts) {
      t.equal(found.textToBase64url(text), buffer.from(text).toString('base64url'))
      t.equal(found.base64urlToText(found.textToBase64url(text)), text)
    }
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    t.equal(found.toBase64url(bytes), buffer.from(bytes).toString('base64url'))
    t.same(Array.from(found.fromBase64url(found.toBase64url(bytes))), Array.from(bytes))
    t.equal(found.toBase64url(bytes.subarray(5, 9)), buffer.from(bytes.subarray(5, 9)).toString('base64url'))
  })

  t.test(`${name}: only one text of several for the same bytes is canonical`, async (t) => {
    for (const text of ['AAAA', 'AAA', '_-_-', 'QQ']) t.ok(found.isCanonical(text), text)
    for (const text of ['AAB', 'QR', 'QQ==', '//+/', 'A', 'AA A', 'AA\n', 'AAAA.', 'ä', 'A=A'])
      t.notOk(found.isCanonical(text), text)
  })
}
